import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTokenCheck, createTrust, isLoopback, plainAddress } from '../../src/control/access.ts';
import { createComplaints } from '../../src/control/complaints.ts';
import { createGates } from '../../src/control/gate.ts';
import { readTokens } from '../../src/control/tokens.ts';
import { LectorError } from '../../src/domain/errors.ts';
import { createLogLines } from '../support/log-lines.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { temporaryFolder } from './running-control.ts';

describe('addresses', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:DB8::1', '2001:db8::1'],
  ])('%s is shown and counted as %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['10.0.0.7', false],
    ['128.0.0.1', false],
    ['127.evil.example', false],
    ['::127.0.0.1', false],
    ['::2', false],
  ])('%s is of this machine: %s', (address, isLocal) => {
    expect(isLoopback(address)).toBe(isLocal);
  });

  it.each([
    [['10.0.0.0/24'], '10.0.0.255', true],
    [['10.0.0.0/24'], '10.0.1.0', false],
    [['10.0.0.7'], '10.0.0.7', true],
    [['10.0.0.7'], '10.0.0.8', false],
    [['fd00::/8'], 'fd12::1', true],
    [['fd00::/8'], 'fe80::1', false],
    [['::ffff:10.0.0.0/120'], '10.0.0.9', true],
    [['::ffff:10.0.0.0/120'], '10.0.1.9', false],
    [['0.0.0.0/0'], 'fd12::1', false],
    [['10.0.0.0/24', 'fd00::/8'], 'fd12::1', true],
    [['::ffff:10.0.0.0/104'], '10.9.9.9', true],
    [['::ffff:10.0.0.0/104'], '11.0.0.1', false],
    [['::ffff:10.0.0.7'], '10.0.0.7', true],
    [[], '10.0.0.7', false],
    [['10.0.0.7'], 'nonsense', false],
  ])('%j trusts %s: %s', (nets, address, isTrusted) => {
    expect(createTrust(nets)(address)).toBe(isTrusted);
  });
});

describe('tokens', () => {
  it.each([
    ['second', true],
    ['first', true],
    ['secon', false],
    ['Second', false],
    ['', false],
    ['second ', false],
  ])('"%s" is one of two: %s', (token, isKnown) => {
    expect(createTokenCheck(['first', 'second'])(token)).toBe(isKnown);
  });

  it('come from a file, one a line', () => {
    const file = join(temporaryFolder(), 'tokens');
    writeFileSync(file, '\ufeff# of the shell\r\n  abc:def \r\n\n9f8e@x\n');
    expect(readTokens(file)).toEqual(['abc:def', '9f8e@x']);
  });

  it.each([
    ['# nothing\n', /tokens: there is no token in it.*openssl/],
    ['good\nwith blank\n', /tokens:2: expected a token .* saw 10 characters/],
    ['semi;colon', /tokens:1: expected/],
    ['contraseña', /tokens:1: expected/],
    ['x'.repeat(1001), /tokens:1: expected/],
    ['\n'.repeat(70_000), /more than 64 KiB/],
  ])('a file of %j is refused in words', (text, words) => {
    const file = join(temporaryFolder(), 'tokens');
    writeFileSync(file, text);
    expect(() => readTokens(file)).toThrow(words);
    expect(() => readTokens(file)).not.toThrow(/blank$|colon|contra/);
  });

  it('a file that is not there is refused with its path', () => {
    const file = join(temporaryFolder(), 'none');
    expect(() => readTokens(file)).toThrow(LectorError);
    expect(() => readTokens(file)).toThrow(new RegExp(`cannot read token_file ${file}`));
  });
});

describe('the gate', () => {
  const far = { address: '10.0.0.7', words: '10.0.0.7' };
  const here = { address: null, words: '127.0.0.1' };

  function createGate(o: { readonly tokens?: readonly string[]; readonly trust?: readonly string[] } = {}) {
    const clock = createSteppedClock();
    const log = createLogLines();
    const complaints = createComplaints(clock);
    return { clock, log, open: createGates({ trust: [], tokens: [], clock, log, complaints, ...o }) };
  }

  it.each([
    [here, {}, 'full'],
    [far, {}, 'readOnly'],
    [far, { tokens: ['secret'] }, 'readOnly'],
    [far, { trust: ['10.0.0.0/24'] }, 'full'],
    [far, { trust: ['10.0.1.0/24'] }, 'readOnly'],
  ] as const)('lets %j under %j in with %s access', (peer, options, access) => {
    expect(createGate(options).open(peer).access).toBe(access);
  });

  it('refuses what changes something, and nothing else, to one who may only look', () => {
    const gate = createGate().open(far);
    for (const command of ['START', 'STARTALL', 'STOP', 'PAUSE', 'RESUME', 'FORCEREQ', 'IDENT'] as const) {
      expect(gate.refuses(command)?.code).toBe('NOT_ALLOWED');
    }
    for (const command of ['RELOAD', 'SHUTDOWN', 'FAULT'] as const) expect(gate.refuses(command)).not.toBeNull();
    for (const command of ['LIST', 'STATUS', 'GETID', 'SUBSCRIBE', 'AUTH', 'QUIT', 'HISTORY'] as const) {
      expect(gate.refuses(command)).toBeNull();
    }
  });

  it('says how to get access', () => {
    expect(createGate().open(far).refuses('PAUSE')?.hint).toMatch(/^write token_file = FILE.*trust = 10\.0\.0\.7/);
    expect(
      createGate({ tokens: ['secret'] })
        .open(far)
        .refuses('PAUSE')?.hint,
    ).toMatch(/^send AUTH@TOKEN first/);
  });

  it('F62 logs refusals once a minute and address, with what, from where and what to do', async () => {
    const { open, clock, log } = createGate({ tokens: ['secret'] });
    for (let n = 0; n < 50; n += 1) open(far).refuses('PAUSE');
    open({ address: '10.0.0.8', words: '10.0.0.8' }).refuses('RELOAD');
    expect(log.lines.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^PAUSE from 10\.0\.0\.7 was refused; send AUTH@TOKEN first/),
      expect.stringMatching(/^RELOAD from 10\.0\.0\.8 was refused;/),
    ]);
    await clock.advance(60_000);
    open(far).refuses('STOP');
    expect(log.lines[2]?.text).toMatch(/^STOP from 10\.0\.0\.7 was refused \(and 49 times before\);/);
  });

  it('lets one command after a right token, also after four wrong ones', () => {
    const gate = createGate({ tokens: ['secret'] }).open(far);
    for (let n = 0; n < 4; n += 1) expect(gate.authenticate('wrong').isLastTry).toBe(false);
    expect(gate.access).toBe('readOnly');
    expect(gate.authenticate('secret')).toEqual({ answered: { ok: true, data: null }, isLastTry: false });
    expect(gate.access).toBe('full');
    expect(gate.refuses('PAUSE')).toBeNull();
  });

  it('the fifth wrong token is the last try, and none of them is in the log', () => {
    const { open, log } = createGate({ tokens: ['secret'] });
    const gate = open(far);
    for (let n = 0; n < 4; n += 1) gate.authenticate(`guess${n}`);
    const { answered, isLastTry } = gate.authenticate('guess5');
    expect(answered).toMatchObject({ ok: false, error: { code: 'WRONG_TOKEN' } });
    expect(isLastTry).toBe(true);
    expect(log.lines).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toContain('guess');
  });

  it('no token is looked at for a minute after twenty wrong ones of an address, over new connections too', async () => {
    const { open, clock } = createGate({ tokens: ['secret'] });
    for (let n = 0; n < 20; n += 1) open(far).authenticate('wrong');
    expect(open(far).authenticate('secret').answered.ok).toBe(false);
    expect(open({ address: '10.0.0.8', words: '10.0.0.8' }).authenticate('secret').answered.ok).toBe(true);
    await clock.advance(60_000);
    expect(open(far).authenticate('secret').answered.ok).toBe(true);
  });

  it('a wrong token is wrong for this machine too, unless there is none', () => {
    const withTokens = createGate({ tokens: ['secret'] }).open(here);
    expect(withTokens.authenticate('wrong').answered).toMatchObject({ error: { code: 'WRONG_TOKEN' } });
    expect(withTokens.access).toBe('full');
    expect(createGate().open(here).authenticate('any').answered.ok).toBe(true);
    expect(createGate().open(far).authenticate('any').answered.ok).toBe(false);
  });
});
