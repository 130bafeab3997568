import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { verdictText } from '../../src/cli/check-text.ts';
import type { CheckOptions } from '../../src/cli/options.ts';
import { linesUse } from '../../src/line-use.ts';
import { analyzer, load, PREDECESSOR, plant, simulated, tempFolder } from '../config/sample.ts';

afterEach(() => vi.restoreAllMocks());

async function run(options: CheckOptions): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const code = await check(options);
  vi.restoreAllMocks();
  return { code, text };
}

function files(xml: string, ini = ''): CheckOptions {
  const folder = tempFolder();
  writeFileSync(join(folder, 'config.xml'), xml);
  writeFileSync(join(folder, 'lector.ini'), ini);
  return { config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') };
}

const TEN = ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'FPT', 'THDV', 'CEA', 'CER'];
const EVERY_SECOND = '<tempsgravacio>1</tempsgravacio><tempslectura>1</tempslectura>';

/** `count` PM710 with all ten variables each second on one line. */
const pm710s = (count: number, baud: number): string =>
  plant({
    devices: simulated(1, `<protocol>rtu</protocol><baud>${baud}</baud>`),
    analyzers: Array.from({ length: count }, (_, n) =>
      analyzer({ attributes: `id="${n + 1}" device="1"`, params: EVERY_SECOND, codes: TEN }),
    ).join('\n'),
  });

describe('lector check', () => {
  it('the shipped configuration: what each device is asked, and that there is time for it', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const { code, text } = await run({ config: join(root, 'config.xml'), ini: join(root, 'lector.ini') });
    expect(code).toBe(0);
    expect(text).toContain('node 1 "IES Sa Garriga"');
    expect(text).toContain('Device 1: simulated RTU line, 19200 baud, 25 ms between requests');
    expect(text).toMatch(/id {2}model {2}address {2}requests {2}bytes +ms {2}every {2}share {2}name/);
    expect(text).toMatch(/1 {2}PM710 +1 +\d+ +\d+ +\d+ +2 s +\d+ % {2}Main switchboard/);
    expect(text).toMatch(/ {2}1: FC3 3999\.\.4050/);
    expect(text).toMatch(/ {2}3: R[A-Z]I, R[A-Z]I/);
    expect(text.match(/fits: the line is busy \S+ % of the time/g)).toHaveLength(3);
    expect(text.trimEnd().split('\n').at(-1)).toBe('All is well.');
    expect(text.split('\n').every((line) => line === line.trimEnd())).toBe(true);
  });

  it('eleven analyzers that do not fit: how much is missing, and what would help', async () => {
    const { code, text } = await run(files(pm710s(11, 9600)));
    expect(code).toBe(1);
    expect(text).toMatch(
      /DOES NOT FIT: .* busy \d{3} % of the time; read every \d s \(tempslectura\).* or move some analyzers to/,
    );
    expect(text).toContain('  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11: FC3 3999..4050');
    expect(text).toContain('Device 1 cannot do what is asked of it; readings would be late.');
  });

  it('sums of analyzers: what each is made of', async () => {
    const analyzers = `${analyzer({ attributes: 'id="1" device="1" name="Main"' })}
      ${analyzer({ attributes: 'id="5" device="1"' })}`;
    const xml = plant({ devices: simulated(), analyzers });
    const sums = '<virtuals><virtual id="100" name="Building" of="1 - 5"/></virtuals>';
    const options = files(xml.replace('</equips>', `</equips>${sums}`));
    const { code, text } = await run(options);
    expect(code).toBe(0);
    expect(text.split('\n').slice(-6)).toEqual([
      'Sums of analyzers, which are computed:',
      '   id  of     contract  name',
      '  100  1 - 5  -         Building = Main - analyzer 5',
      '',
      'All is well.',
      '',
    ]);
    expect(JSON.parse((await run({ ...options, json: true })).text).virtuals).toMatchObject([{ id: 100, of: '1 - 5' }]);
    expect(JSON.parse((await run({ ...files(xml), json: true })).text)).not.toHaveProperty('virtuals');
  });

  it('problems: one line each, a count, and exit code 1', async () => {
    const broken = PREDECESSOR.replace('>19200<', '>fast<').replace('>TPF<', '>TPX<');
    const { code, text } = await run(files(broken));
    expect(code).toBe(1);
    const lines = text.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/config\.xml:6:30: expected <baud>/),
      expect.stringMatching(/config\.xml:24:9: expected <consulta>/),
      '2 errors: lector does not start with this',
    ]);
  });

  it('warnings do not stop the plan', async () => {
    const { code, text } = await run(files(PREDECESSOR.replace('<bits>', '<colour>grey</colour><bits>')));
    expect(code).toBe(0);
    expect(text).toMatch(/config\.xml:6:49: warning: .*\n1 warning\n\n/);
    expect(text).toContain('Device 1: /dev/null, 19200 baud 8N1');
    expect(text).toContain('no analyzer is on it: nothing is read');
  });

  it('--json says the same to programs', async () => {
    const fine = await run({ ...files(pm710s(2, 19_200)), json: true });
    const parsed = JSON.parse(fine.text);
    expect(fine.code).toBe(0);
    expect(parsed).toMatchObject({ ok: true, problems: [], devices: [{ id: 1, verdict: 'fits' }] });
    expect(parsed.devices[0].analyzers[0].grids[0]).toMatchObject({ grid: 'normal', everyMs: 1000 });
    const broken = await run({ ...files(PREDECESSOR.replace('</configuracio>', '')), json: true });
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.text)).toMatchObject({ ok: false, problems: [{ severity: 'error' }], devices: [] });
  });
});

describe('how much of its time a line is busy', () => {
  const use = (xml: string) => {
    const parsed = load(xml);
    if (!parsed.ok) throw new Error('the test has a broken configuration');
    return linesUse(parsed.value.installation, parsed.value.profiles);
  };

  it('grows with each analyzer, and a faster line is less busy', () => {
    const load1 = use(pm710s(1, 19_200))[0]?.load ?? 0;
    expect(use(pm710s(3, 19_200))[0]?.load).toBeCloseTo(3 * load1, 6);
    expect(use(pm710s(1, 38_400))[0]?.load).toBeLessThan(load1);
    // ten variables are one block and the status: 96 ms at 19200 8E1 without a gap, and two gaps of 25 ms
    expect(load1).toBeGreaterThan(0.12);
    expect(load1).toBeLessThan(0.17);
  });

  it('is more where a meter was found to refuse its blocks in one piece', () => {
    const parsed = load(pm710s(1, 19_200));
    if (!parsed.ok) throw new Error('the test has a broken configuration');
    const { installation, profiles } = parsed.value;
    const [asPlanned] = linesUse(installation, profiles);
    const [asFound] = linesUse(installation, profiles, () => ({ splits: [4020, 4036], refused: [], base: 0 }));
    const requests = (use: typeof asFound) => use?.analyzers[0]?.grids[0]?.blocks.length;
    expect([requests(asPlanned), requests(asFound)]).toEqual([2, 4]);
    expect(asFound?.load).toBeGreaterThan(1.3 * (asPlanned?.load ?? 0));
  });

  it.each([
    { count: 4, verdict: 'fits' },
    { count: 6, verdict: 'tight' },
    { count: 8, verdict: 'doesNotFit' },
  ])('$count PM710 a second at 19200: $verdict', ({ count, verdict }) => {
    expect(use(pm710s(count, 19_200))[0]?.verdict).toBe(verdict);
  });

  it('what it advises does fit', () => {
    const [tight] = use(pm710s(11, 19_200));
    const seconds = /read every (\d+) s/.exec(tight?.remedy ?? '')?.[1];
    const xml = pm710s(11, 19_200).replaceAll('<tempslectura>1<', `<tempslectura>${seconds}<`);
    expect(use(xml)[0]?.verdict).toBe('fits');
    const baud = /the line to (\d+) baud/.exec(use(pm710s(7, 9600))[0]?.remedy ?? '')?.[1];
    expect(use(pm710s(7, Number(baud)))[0]?.verdict).toBe('fits');
  });

  it('a rapid grid counts at its own pace, a disabled device not at all', () => {
    const params = `<tempsgravacio>5</tempsgravacio><tempslectura>60</tempslectura>
      <rapid tempslectura="1"><consulta>PAT</consulta></rapid>`;
    const [device] = use(plant({ devices: simulated(), analyzers: analyzer({ params, codes: ['TPF'] }) }));
    const [normal, rapid] = device?.analyzers[0]?.grids ?? [];
    expect(rapid).toMatchObject({ grid: 'rapid', everyMs: 1000 });
    expect(device?.load).toBeCloseTo((normal?.ms ?? 0) / 60_000 + (rapid?.ms ?? 0) / 1000, 9);
    const disabled = '<device id="1" type="simulated" enabled="false"></device>';
    expect(use(plant({ devices: disabled, analyzers: analyzer() }))[0]?.verdict).toBe('disabled');
  });

  it.each([
    { load: 0.001, text: 'fits: the line is busy <1 % of the time' },
    { load: 0.123, text: 'fits: the line is busy 12 % of the time' },
  ])('$load as words', ({ load: share, text }) => {
    expect(verdictText('fits', share, '')).toBe(text);
  });
});
