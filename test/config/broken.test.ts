import { describe, expect, it } from 'vitest';
import { analyzer, load, PREDECESSOR, plant, sentences, simulated } from './sample.ts';

const change = (from: string | RegExp, to: string): string => {
  const changed = PREDECESSOR.replace(from, to);
  if (changed === PREDECESSOR) throw new Error(`the sample has no ${from}`);
  return changed;
};

const BROKEN = [
  {
    what: 'the root is not closed',
    xml: change('</configuracio>\n', ''),
    says: /^config\.xml:29:12: expected <\/configuracio> to close .* line 2, saw the end of the file; add <\/conf/,
  },
  {
    what: 'a consulta is unknown',
    xml: change('>TPF<', '>TPX<'),
    says: /^config\.xml:24:9: expected <consulta>: a variable of PM710 \(.*TPF.*\), saw "TPX"; did you mean TPF\?$/,
  },
  {
    what: 'a device is unknown',
    xml: change('device="1" model', 'device="7" model'),
    says: /^config\.xml:13:25: expected device="\.\.\." of a <device> that there is \(1 or 2\), saw "7"; correct it/,
  },
  {
    what: 'two devices have one id',
    xml: change('device id="2"', 'device id="1"'),
    says: /^config\.xml:8:13: expected an id of its own for each <device>, saw id 1, as in line 5; give it another id$/,
  },
  {
    what: 'the baud rate is a word',
    xml: change('>19200<', '>fast<'),
    says: /^config\.xml:6:30: expected <baud> in <device>: a whole number from 50 to 4000000, such as .*, saw "fast"$/,
  },
  {
    what: 'tempsgravacio is 7',
    xml: change('>15<', '>7<'),
    says: /^config\.xml:16:9: expected <tempsgravacio> in <params>: minutes .*: 1, .*30, 60, 120, .* or 1440, saw "7"$/,
  },
  {
    what: 'a COM port on Linux',
    xml: change('/dev/null', 'COM1:'),
    says: /^config\.xml:6:7: expected .* \(COM ports are Windows names\) in <port>, saw "COM1:"; .*by-id\/usb-FTDI/,
  },
  {
    what: 'the model is unknown',
    xml: change(/PM710/g, 'PM720'),
    says: /^config\.xml:15:42: expected a model that .*: .*CVMk, .*PM710.*, saw "PM720"; did you mean PM710\?$/,
  },
  {
    what: 'the driver is unknown',
    xml: change('modBusComm', 'canBusComm'),
    says: /^config\.xml:13:50: expected driver: cvmComm or modBusComm, saw "canBusComm"; (did you|leave it out)/,
  },
  {
    what: 'the dataDriver is unknown',
    xml: change('pmData', 'pmDara'),
    says: /^config\.xml:13:70: expected dataDriver: .*pmData.*, saw "pmDara"; did you mean pmData\?$/,
  },
  {
    what: 'the dataDriver is that of another meter',
    xml: change('pmData', 'cvmData'),
    says: /^config\.xml:13:70: expected dataDriver="pmData" for model PM710, saw "cvmData"; write pmData or leave/,
  },
  {
    what: 'tempslectura is longer than tempsgravacio',
    xml: change('>60<', '>901<'),
    says: /^config\.xml:17:9: expected <tempslectura> of at most <tempsgravacio>, 900 s, saw 901 s; read at least once/,
  },
  {
    what: 'the time zone is unknown',
    xml: change('id="4"', 'id="4" timezone="Europe/Madird"'),
    says: /^config\.xml:3:16: expected timezone=.*Europe\/Madrid, saw "Europe\/Madird"; did you mean Europe\/Madrid\?$/,
  },
  {
    what: 'an element is misspelt',
    xml: change('<parity>N</parity>', '<partiy>E</partiy>'),
    says: /^config\.xml:6:85: expected a known element in <device>, saw partiy; did you mean parity\?$/,
  },
  {
    what: 'an attribute is misspelt',
    xml: change('enabled="true"', 'enable="false"'),
    says: /^config\.xml:5:34: expected a known attribute of <device>, saw enable; did you mean enabled\?$/,
  },
  {
    what: 'two devices share one port',
    xml: change('/dev/zero', '/dev/../dev/null'),
    says: /^config\.xml:9:7: expected a port for one device only, saw that of device 1 too; put all/,
  },
  {
    what: 'an element stands there twice',
    xml: change('<bits>8</bits>', '<bits>8</bits><bits>7</bits>'),
    says: /^config\.xml:6:63: expected one <bits> in <device>, saw a second one; remove one of them$/,
  },
  {
    what: 'nothing is to be read',
    xml: change(/<consulta>.*<\/consulta>/g, ''),
    says: /^config\.xml:23:7: expected <peticions> with <consulta> elements, saw none; write at least one, such as TPF/,
  },
  {
    what: 'the node is missing',
    xml: change(/<node .*>/, ''),
    says: /^config\.xml:2:1: expected <node> with an id in <configuracio>, saw none; write <node id="1"/,
  },
] as const;

describe('one sentence for a broken configuration: where, what was expected, what was seen, what to do', () => {
  it.each(BROKEN)('$what', ({ xml, says }) => {
    const parsed = load(xml);
    expect(parsed.ok).toBe(false);
    const said = sentences(parsed);
    expect(said).toEqual([expect.stringMatching(says)]);
    expect(said.join('')).not.toMatch(/\n|undefined|\[object|NaN/);
  });

  it('says everything at once, in the order of the file where it can', () => {
    const xml = change('>19200<', '>fast<').replace('>15<', '>7<').replace('>TPF<', '>TPX<').replace('>38400<', '>0<');
    expect(sentences(load(xml, { ini: '[General]\nlog_level = loud\n' }))).toEqual([
      expect.stringMatching(/^lector\.ini:2:1: expected log_level: one of debug, .*, saw "loud"$/),
      expect.stringMatching(/^config\.xml:6:30: /),
      expect.stringMatching(/^config\.xml:9:30: /),
      expect.stringMatching(/^config\.xml:16:9: /),
      expect.stringMatching(/^config\.xml:24:9: /),
    ]);
  });

  it('stops at a hundred problems', () => {
    const analyzers = Array.from({ length: 300 }, () => analyzer({ codes: ['NOT'] })).join('\n');
    const said = sentences(load(plant({ devices: simulated(), analyzers })));
    expect(said).toHaveLength(101);
    expect(said.at(-1)).toMatch(/expected at most 100 problems, saw more, from here on; correct those above first$/);
  });
});

describe('what is said and does not stop', () => {
  it.each([
    {
      what: 'the model attribute differs: the one in params counts',
      xml: change('model="PM710"', 'model="PM700"'),
      says: /^config\.xml:13:36: warning: expected model="PM710", as <model> in .*, saw "PM700"; PM710 is used/,
    },
    {
      what: 'a token that anybody on the way can read',
      xml: change(/<!-- (<dataexport.*) \/> -->/, '$1 token_env="PATH"/>'),
      says: /^config\.xml:21:39: warning: expected https:.. where there is a token or password, saw "http:..central/,
    },
    {
      what: 'a port that is not there now',
      xml: change('/dev/null', '/dev/ttyUSB77'),
      says: /^config\.xml:6:7: warning: expected a serial port that exists in <port>, saw "\/dev\/ttyUSB77"; plug/,
    },
    {
      what: 'an element that nobody knows',
      xml: change('<bits>', '<colour>grey</colour><bits>'),
      says: /^config\.xml:6:49: warning: expected a known element in .*\(port, .*\), saw colour; it is passed over$/,
    },
    {
      what: 'a consulta that stands there twice',
      xml: change('>IPF<', '>TPF<'),
      says: /^config\.xml:24:34: warning: expected <consulta> TPF once, saw it again; remove one$/,
    },
  ])('$what', ({ xml, says }) => {
    const parsed = load(xml);
    expect(parsed.ok).toBe(true);
    expect(sentences(parsed)).toEqual([expect.stringMatching(says)]);
  });
});
