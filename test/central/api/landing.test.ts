import { describe, expect, it } from 'vitest';
import { landingPage } from '../../../src/central/api/landing-page.ts';
import { agoText, escaped, numberText } from '../../../src/central/api/page-text.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { ndjson, SITE, setUp, wire } from './setup.ts';

type Up = ReturnType<typeof setUp>;

const page = async ({ app }: Up) => (await app.inject({ url: '/', headers: { host: 'localhost' } })).body;
const say = ({ app }: Up, change: object = {}) =>
  app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: { ...SITE, ...change } });
const deliver = ({ app }: Up, end: string) =>
  app.inject({ method: 'POST', url: '/api/v1/records', payload: ndjson(wire(end)) });

describe('the page at /', () => {
  it('says what to do first where nothing was delivered yet', async () => {
    const text = await page(setUp());
    expect(text).toContain('No site has delivered yet');
    expect(text).toContain('&lt;dataexport type="clientRest" target="http://localhost/ws/v2"/&gt;');
  });

  it('names itself as it was called', async () => {
    const called = async (host: string) => (await setUp().app.inject({ url: '/', headers: { host } })).body;
    expect(await called('127.0.0.1:50081')).toContain('target="http://127.0.0.1:50081/ws/v2"');
    expect(await called('[::1]:50080')).toContain('target="http://[::1]:50080/ws/v2"');
  });

  it('lists sites and analyzers with their last values and how old they are', async () => {
    const up = setUp();
    await say(up, { now: '2026-11-25T12:00:00Z' });
    await deliver(up, '2026-11-25T11:45:00Z');
    const text = await page(up);
    expect(text).toContain('School <span class="soft">node 4</span>');
    expect(text).toContain('230.1 / 229.5 / 231.0 V');
    expect(text).toContain('>15 min ago</time></td>');
    expect(text).not.toMatch(/late|clock/);
  });

  it('shows the voltage of now, not the greatest that the meter has kept', async () => {
    const up = setUp();
    const [first] = SITE.analyzers;
    const greatest = { ...first!.variables[0]!, code: 'RVM', aggregate: 'last' };
    await say(up, { analyzers: [{ ...first, variables: [greatest, ...first!.variables] }] });
    const { variables } = wire();
    const told = { RVM: { ...variables.TPF!, aggregate: 'last' as const, values: [299, 299, 299] }, ...variables };
    await up.app.inject({
      ...{ method: 'POST', url: '/api/v1/records' },
      payload: ndjson(wire('2026-11-25T11:45:00Z', { variables: told })),
    });
    const text = await page(up);
    expect(text).toContain('230.1 / 229.5 / 231.0 V');
    expect(text).not.toContain('299');
  });

  it('shows nothing of a meter that had other phases as if it were of the one of now', async () => {
    const up = setUp();
    await say(up);
    const { variables } = wire();
    const TPF = { ...variables.TPF!, values: [271], min: [271], max: [271], n: [15], delta: [null] };
    await up.app.inject({
      ...{ method: 'POST', url: '/api/v1/records' },
      payload: ndjson(wire('2026-11-25T11:45:00Z', { variables: { TPF } })),
    });
    expect(await page(up)).not.toContain('271');
  });

  it('marks what is late, and whose clock is wrong', async () => {
    const up = setUp();
    await say(up, { now: '2026-11-25T12:04:00Z' });
    await deliver(up, '2026-11-25T11:15:00Z');
    const text = await page(up);
    expect(text).toContain('45 min ago</time>, late');
    expect(text).toContain(', <span class="bad">1 late</span>, <span class="bad">1 clock wrong</span>; 2026-11-25');
    expect(text).toContain('Its clock is 4 min ahead of the centre&#39;s.'.replace('&#39;', "'"));
  });

  it('says of an analyzer that has nothing but records ahead of the clock how far they are', async () => {
    const up = setUp();
    await say(up, { now: '2026-11-25T12:00:00Z' });
    const lastEnd = epochMs(Date.parse('2026-11-25T22:00:00Z'));
    const analyzers = (await up.registry.analyzers(null)).map((each) => ({ ...each, lastEnd }));
    const about = { version: '', now: epochMs(Date.parse('2026-11-25T12:00:00Z')), origin: '' };
    const text = landingPage({ nodes: await up.registry.nodes(), analyzers, latest: [], ...about });
    expect(text).toContain('<td class="bad"><time datetime="2026-11-25T22:00:00.000Z">in 10 h</time></td>');
  });

  it('shows names as text, whatever is in them, and runs nothing', async () => {
    const up = setUp();
    await say(up, { name: '<script>alert(1)</script>', location: '"><img src=x>\u202e' });
    const { headers, body } = await up.app.inject('/');
    expect(body).not.toMatch(/<script|<img|\u202e/);
    expect(body).toContain('&lt;script&gt;');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*';/);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
  });
});

describe('texts of the page', () => {
  it.each([
    [0, '0 s ago'],
    [119_000, '119 s ago'],
    [120_000, '2 min ago'],
    [7_200_000, '2 h ago'],
    [3 * 86_400_000, '3 days ago'],
    [3 * 86_400_000 - 163, '3 days ago'],
    [-500, '0 s ago'],
    [-240_000, 'in 4 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(agoText(ms)).toBe(text);
  });

  it.each([
    [230.125, '230.1'],
    [0.98, '0.980'],
    [1_234_567.8, '1 234 568'],
    [-5.2, '-5.200'],
    [-18_204, '-18 204'],
    [123.456, '123.5'],
  ])('%d is shown as %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it('an apostrophe and an ampersand end no attribute', () => {
    expect(escaped(`'&"`)).toBe('&#39;&amp;&quot;');
  });
});
