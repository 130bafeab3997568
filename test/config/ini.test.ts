import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, loaded, PREDECESSOR, sentences, tempFolder } from './sample.ts';

const settings = (ini: string) => {
  const { general, control } = loaded(load(PREDECESSOR, { ini }));
  return { ...general, ...control };
};
const said = (ini: string) => sentences(load(PREDECESSOR, { ini }));

describe('lector.ini', () => {
  it('of the predecessor, comments and all', () => {
    const ini = `[General]
log_level=debug        ; debug | info | warning | error | critical
auto_start=yes         ; yes: all analyzers start reading at once; no: they wait for START / STARTALL
log_dir=log
`;
    expect(settings(ini)).toMatchObject({ logLevel: 'debug', autoStart: true });
  });

  it.each([
    ['yes', true],
    ['true', true],
    ['on', true],
    ['1', true],
    ['Yes', true],
    ['TRUE', true],
    ['"yes"', true],
    ['no', false],
    ['false', false],
    ['off', false],
    ['0', false],
    ['NO', false],
    ['Off', false],
  ])('auto_start = %s is %s', (text, value) => {
    expect(settings(`[General]\nauto_start = ${text}`).autoStart).toBe(value);
  });

  it('nothing in it, and no file, are the same: everything has a default', () => {
    const folder = tempFolder();
    const empty = loaded(load(PREDECESSOR, { folder, ini: '' }));
    const none = loaded(load(PREDECESSOR, { folder }));
    expect(empty.general).toEqual(none.general);
    expect(empty.control).toEqual(none.control);
    expect(none.iniFile).toBeNull();
    expect(none.general).toEqual({
      logLevel: 'info',
      autoStart: true,
      logDir: join(folder, 'log'),
      dataDir: join(folder, 'data'),
      absoluteTargets: false,
    });
    expect(none.control).toEqual({
      host: '127.0.0.1',
      port: 50_007,
      socket: join(folder, 'data', 'run', 'lector.sock'),
      tokenFile: null,
      trust: [],
      allowInsecure: false,
    });
  });

  it('paths: socket lies in data_dir, the others beside the file, and whole ones where they say', () => {
    const folder = tempFolder();
    const ini =
      '[General]\ndata_dir = store\nlog_dir = /var/log/lector\n[Control]\nsocket = s.sock\ntoken_file = token';
    const { general, control } = loaded(load(PREDECESSOR, { folder, ini }));
    expect(general).toMatchObject({ dataDir: join(folder, 'store'), logDir: '/var/log/lector' });
    expect(control).toMatchObject({ socket: join(folder, 'store', 's.sock'), tokenFile: join(folder, 'token') });
  });

  it('quotes and escapes', () => {
    expect(settings('[General]\nlog_dir = "/a;b # c"').logDir).toBe('/a;b # c');
    expect(settings('[General]\nlog_dir = /a\\;b').logDir).toBe('/a;b');
    expect(settings('[General] ; here\n  LOG_LEVEL=Warning # there').logLevel).toBe('warning');
  });

  it.each([
    { ini: 'log_level=info', says: /^lector\.ini:1:1: expected \[General\] above the first key, saw "log_level=info"/ },
    {
      ini: '[General]\nlog_level: info',
      says: /^lector\.ini:2:1: expected key = value.*, saw "log_level: info"; correct/,
    },
    { ini: '[General]\nrubbish', says: /^lector\.ini:2:1: expected key = value, a \[section\] or a comment/ },
    { ini: '[General', says: /expected a section such as \[General\], saw "\[General"; close the bracket/ },
    { ini: '[general]', says: /^lector\.ini:1:1: expected a known section, saw "general"; did you mean General\?/ },
    {
      ini: '[General]\nlogdir = x',
      says: /^lector\.ini:2:1: expected a known key in \[General\], saw logdir; did you mean log_dir/,
    },
    { ini: '[General]\n\n  log_dir = a;b', says: /^lector\.ini:3:3: .* saw "a;b", which would be "a"; write \\; for/ },
    { ini: '[General]\nlog_dir = a#b', says: /saw "a#b", which would be "a"; write \\# for/ },
    { ini: '[General]\nlog_dir = "a;b" ; c', says: /matching quotes with nothing behind it/ },
    { ini: "[General]\nlog_dir = 'a", says: /matching quotes/ },
    {
      ini: '[General]\nauto_start = perhaps',
      says: /^lector\.ini:2:1: expected auto_start: yes or no .*, saw "perhaps"/,
    },
    { ini: '[Control]\nport = 70000', says: /expected port: a whole number from 0 to 65535, saw "70000"/ },
    { ini: '[Control]\ntrust = 10.0.0.0/33', says: /expected trust: addresses such as .*, saw "10\.0\.0\.0\/33"/ },
    {
      ini: '[Control]\nhost = 0.0.0.0',
      says: /expected host = 127\.0\.0\.1 while there is no token_file, saw "0\.0\.0\.0"/,
    },
  ])('F65 $ini', ({ ini, says }) => {
    const parsed = load(PREDECESSOR, { ini });
    expect(parsed.ok).toBe(false);
    expect(sentences(parsed)).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    {
      ini: '[10.0.0.1]\nport = 1',
      says: /^lector\.ini:1:1: warning: expected a known section .*, saw "10\.0\.0\.1"; it is passed/,
    },
    { ini: '[__proto__]\nport = 1', says: /warning: expected a known section .*, saw "__proto__"/ },
    {
      ini: '[General]\ncolour = red',
      says: /^lector\.ini:2:1: warning: expected a known key in \[General\] \(.*\), saw colour/,
    },
    { ini: '[General]\nlog_dir = a\nlog_dir = b', says: /^lector\.ini:3:1: warning: expected log_dir once/ },
  ])('F65 $ini is passed over and said', ({ ini, says }) => {
    expect(load(PREDECESSOR, { ini }).ok).toBe(true);
    expect(said(ini)).toEqual([expect.stringMatching(says)]);
  });

  it('of two equal keys the last counts', () => {
    expect(settings('[General]\nlog_dir = /a\nlog_dir = /b').logDir).toBe('/b');
  });

  it('a wider host with a token, or openly without', () => {
    expect(settings('[Control]\nhost = 0.0.0.0\ntoken_file = t').host).toBe('0.0.0.0');
    expect(settings('[Control]\nhost = ::\nallow_insecure = yes').allowInsecure).toBe(true);
    expect(settings('[Control]\ntrust = 10.0.0.7, 10.1.0.0/16 ::1').trust).toEqual(['10.0.0.7', '10.1.0.0/16', '::1']);
  });
});
