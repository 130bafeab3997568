import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzer, load, loaded, plant, sentences, simulated, tempFolder } from './sample.ts';

/** Loads a plant of one analyzer with these destinations; secrets `own` and `open` lie beside config.xml. */
function withExports(exports: string) {
  const folder = tempFolder();
  for (const name of ['own', 'open']) writeFileSync(join(folder, name), 'secret\n');
  writeFileSync(join(folder, 'blank'), '\n', { mode: 0o600 });
  writeFileSync(join(folder, 'long'), 'x'.repeat(5000), { mode: 0o600 });
  writeFileSync(join(folder, 'pem'), '-----BEGIN CERTIFICATE-----\n', { mode: 0o600 });
  chmodSync(join(folder, 'own'), 0o600);
  chmodSync(join(folder, 'open'), 0o644);
  return { folder, parsed: load(plant({ devices: simulated(), analyzers: analyzer({ exports }) }), { folder }) };
}

const exportsOf = (exports: string) => {
  const { parsed, folder } = withExports(exports);
  return { said: sentences(parsed), found: loaded(parsed).analyzers[0]?.exports ?? [], folder };
};

const HOOK = 'type="http" target="https://example.org/hook?id=7"';

describe('destinations and their options', () => {
  it('are read from attributes and elements alike, checked, with paths made absolute', () => {
    const { said, found, folder } = exportsOf(
      `<dataexport type="clientRest" target="https://centre.example/ws/v2" timeout="5">
         <token_file>own</token_file></dataexport>
       <dataexport ${HOOK}><batch>20</batch><ack/><secret_env>PATH</secret_env></dataexport>
       <dataexport type="mqtt" target="mqtts://broker.example:8883" discovery="OFF"/>
       <dataexport type="influx" target="http://127.0.0.1:8086"><database>lector</database></dataexport>
       <dataexport type="influx" target="http://127.0.0.1:8087" org="us" bucket="lector" token_file="own"/>
       <dataexport type="prometheus" target="127.0.0.1:9464"/>`,
    );
    expect(said).toEqual([]);
    expect(found.map(({ type, options }) => [type, options])).toEqual([
      ['clientRest', { token_file: join(folder, 'own'), timeout: '5' }],
      ['http', { batch: '20', secret_env: 'PATH' }],
      ['mqtt', { discovery: 'no' }],
      ['influx', { database: 'lector' }],
      ['influx', { org: 'us', bucket: 'lector', token_file: join(folder, 'own') }],
      ['prometheus', {}],
    ]);
    expect(found.every(({ path }) => path === null)).toBe(true);
  });

  it.each([
    { export: 'type="csv" target="x"', says: /type: one of localFile, clientRest, mqtt, .* or prometheus, saw "csv"/ },
    { export: 'type="clientrest" target="http://x"', says: /saw "clientrest"; did you mean clientRest\?$/ },
    {
      export: 'type="clientRest"',
      says: /target="https:..centre\.example.ws.v2", say, of clientRest, saw none; .*http:/,
    },
    {
      export: 'type="clientRest" target="centre.example"',
      says: /saw "centre\.example"; write an address that begins/,
    },
    { export: 'type="clientRest" target="ftp://centre.example"', says: /saw "ftp:..centre\.example"/ },
    { export: 'type="clientRest" target="https://c.example/ws?x=1"', says: /remove what follows \? or #/ },
    {
      export: 'type="clientRest" target="https://joan:s3cret@c.example/ws"',
      says: /a target without user and password, saw "https:..\*\*\*@c\.example.ws"; write <token_file> instead/,
    },
    { export: 'type="mqtt" target="http://broker"', says: /begins with mqtt:.., mqtts:.., ws:.. or wss:../ },
    {
      export: 'type="influx" target="http://127.0.0.1:8086"',
      says: /<database> \(InfluxDB 1\), or <org> and <bucket>/,
    },
    { export: 'type="influx" target="http://127.0.0.1:8086" bucket="b"', says: /<org> and <bucket> .*, saw no <org>/ },
    { export: 'type="influx" target="http://127.0.0.1:8086" bucket="b" database="d"', says: /saw both/ },
    { export: 'type="prometheus" target="9464"', says: /target="127\.0\.0\.1:9464", say, of prometheus/ },
    { export: 'type="prometheus" target="0.0.0.0:9464"', says: /a token where others than this machine can connect/ },
    { export: `${HOOK} batch="0"`, says: /<batch> in <dataexport>: a whole number from 1 to 500, saw "0"/ },
    { export: `${HOOK} bathc="5"`, says: /a known option of http, saw bathc; did you mean batch\?/ },
    { export: `${HOOK} token="s3cret"`, says: /no token in a configuration file, saw <token>; .*<token_file>/ },
    { export: `${HOOK} token_file="own" token_env="PATH"`, says: /<token_file> or <token_env>, saw both/ },
    {
      export: 'type="mqtt" target="mqtt://b" ca_file="pem"',
      says: /mqtts:.. where there is <ca_file>, saw .*b"; write m/,
    },
    {
      export: 'type="mqtt" target="mqtts://b" cert_file="pem"',
      says: /<cert_file> and <key_file>.*, saw no <key_file>/,
    },
    {
      export: 'type="mqtt" target="mqtts://b" prefix="a/#"',
      says: /<prefix>: levels of a topic, without \+ and #, saw/,
    },
    { export: `${HOOK} secret_env="not a name"`, says: /the name of an environment variable, such as LECTOR_TOKEN/ },
  ])('$export is an error in words, without a secret', ({ export: attributes, says }) => {
    const { parsed } = withExports(`<dataexport ${attributes}/>`);
    expect(parsed.ok).toBe(false);
    expect(sentences(parsed)).toEqual([expect.stringMatching(says)]);
    expect(sentences(parsed).join()).not.toContain('s3cret');
  });

  it.each([
    {
      export: `${HOOK} colour="red"`,
      says: /warning: expected a known option of http \(.*\), saw colour; it is passed/,
    },
    {
      export: `${HOOK} secret_file="open"`,
      says: /warning: expected a file that only its owner can read .*; chmod 600/,
    },
    { export: `${HOOK} secret_file="none"`, says: /warning: expected a file that can be read in <secret_file>/ },
    {
      export: `${HOOK} secret_file="blank"`,
      says: /warning: expected a file with the secret .*, whose first line is em/,
    },
    {
      export: `${HOOK} secret_file="long"`,
      says: /warning: expected a file with the secret .* more than 4096 bytes; /,
    },
    { export: `${HOOK} ca_file="own"`, says: /warning: expected a file with PEM .*, which holds none; correct it/ },
    {
      export: `${HOOK} token_env="LECTOR_NONE"`,
      says: /warning: expected an environment variable that is set in <token/,
    },
    {
      export: 'type="mqtt" target="mqtt://broker.example" password_file="own"',
      says: /warning: expected mqtts:.. where there is a token or password, .*; anybody on the way reads it/,
    },
    {
      export: 'type="clientRest" target="http://centre.example/ws/v2" token_file="own"',
      says: /warning: expected https:.. where there is a token or password, .*; anybody on the way reads it/,
    },
  ])('$export is a warning', ({ export: attributes, says }) => {
    const { parsed } = withExports(`<dataexport ${attributes}/>`);
    expect(parsed.ok).toBe(true);
    expect(sentences(parsed)).toEqual([expect.stringMatching(says)]);
  });

  it('a token is sent to this machine without TLS, and nobody is warned', () => {
    const { said } = exportsOf('<dataexport type="clientRest" target="http://127.0.0.1:50080" token_file="own"/>');
    expect(said).toEqual([]);
  });
});

describe('one destination of several analyzers', () => {
  const two = (first: string, second: string) =>
    load(
      plant({
        devices: simulated(),
        analyzers: [first, second]
          .map((each, index) =>
            analyzer({ attributes: `id="${index + 1}" device="1"`, exports: `<dataexport ${HOOK} ${each}/>` }),
          )
          .join('\n'),
      }),
    );

  it('has the same options everywhere', () => {
    expect(sentences(two('batch="5" ack="ok"', 'ack="ok" batch="5"'))).toEqual([]);
  });

  it.each([
    { first: 'batch="5"', second: 'batch="6"', other: 'batch' },
    { first: '', second: 'batch="6" ack="ok"', other: 'ack and batch' },
    { first: 'secret_env="PATH"', second: '', other: 'secret_env' },
  ])('with "$first" and then "$second" is an error with both places', ({ first, second, other }) => {
    const [said = '', ...more] = sentences(two(first, second));
    expect(more).toEqual([]);
    expect(said).toMatch(/^config\.xml:7:\d+: expected the options of this http target as in line 6, saw another /);
    expect(said).toContain(`saw another ${other};`);
  });
});

describe('destinations of all analyzers', () => {
  const own = '<dataexport type="localFile" target="dades"/>';
  const both = `${analyzer()}${analyzer({ attributes: 'id="2" device="1"', exports: own })}`;
  const withAll = (exports: string) =>
    plant({ devices: simulated(), analyzers: both }).replace(
      '</equips>',
      `</equips><dataexports>${exports}</dataexports>`,
    );

  it('stand in <dataexports> of the file, beside those of each', () => {
    const parsed = load(withAll('<dataexport type="clientRest" target="http://127.0.0.1:50080/ws/v2"/>'), {});
    const types = loaded(parsed).analyzers.map(({ exports }) => exports.map(({ type }) => type));
    expect(types.every((each) => each.includes('clientRest'))).toBe(true);
    expect(types[1]).toEqual(['localFile', 'clientRest']);
  });

  it('are named once, also by who names them itself', () => {
    const parsed = load(withAll('<dataexport type="localFile" target="dades"/>'), {});
    expect(loaded(parsed).analyzers[1]?.exports.map(({ type }) => type)).toEqual(['localFile']);
  });
});
