import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import { type Loaded, type LoadOptions, readInstallation } from '../../src/config/load.ts';
import { createReport } from '../../src/config/report.ts';
import { type Parsed, problemText } from '../../src/domain/problem.ts';
import { afterFile } from '../support/afterwards.ts';

/** The sample of the predecessor's README, with a port that the tests give it. */
export const PREDECESSOR = `<?xml version='1.0' encoding='UTF-8'?>
<configuracio>
  <node id="4" name="CIFP Joan Taix" location="Sa Pobla (Son Basca)" />
  <devices>
    <device id="1" type="serial" enabled="true">
      <port>/dev/null</port> <baud>19200</baud> <bits>8</bits> <timeout>1</timeout> <parity>N</parity>
    </device>
    <device id="2" type="serial" enabled="true">
      <port>/dev/zero</port> <baud>38400</baud> <bits>8</bits> <timeout>4</timeout> <parity>N</parity>
    </device>
  </devices>
  <equips>
    <analitzador id="1" device="1" model="PM710" driver="modBusComm" dataDriver="pmData">
      <params>
        <fabricant>Schneider</fabricant> <model>PM710</model>
        <tempsgravacio>15</tempsgravacio>      <!-- recording interval, MINUTES -->
        <tempslectura>60</tempslectura>        <!-- reading interval, SECONDS -->
      </params>
      <dataexports>
        <dataexport type="localFile" target="dades" />
        <!-- <dataexport type="clientRest" target="http://central.example/ws/v2" /> -->
      </dataexports>
      <peticions>
        <consulta>TPF</consulta> <consulta>IPF</consulta> <consulta>FRE</consulta> <consulta>PAF</consulta>
        <consulta>PAT</consulta> <consulta>PRT</consulta> <consulta>FPT</consulta> <consulta>THDV</consulta>
        <consulta>CEA</consulta> <consulta>CER</consulta>
      </peticions>
    </analitzador>
  </equips>
</configuracio>
`;

/** A temporary folder that is removed when the tests of the file are done. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lector-config-')));
  afterFile(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const { profiles } = loadProfiles();

/** Loads texts or bytes as config.xml and lector.ini of a folder of their own, with the built-in profiles. */
export function load(
  xml: string | Uint8Array,
  more: { readonly ini?: string | Uint8Array; readonly folder?: string } & Partial<LoadOptions> = {},
): Parsed<Loaded> {
  const { ini, folder = tempFolder(), ...options } = more;
  writeFileSync(join(folder, 'config.xml'), xml);
  if (ini !== undefined) writeFileSync(join(folder, 'lector.ini'), ini);
  const files = {
    configFile: join(folder, 'config.xml'),
    iniFile: ini === undefined ? null : join(folder, 'lector.ini'),
    serialPorts: ['/dev/serial/by-id/usb-FTDI-if00', '/dev/ttyUSB0'],
    platform: 'linux',
    ...options,
  } as const;
  const report = createReport();
  const read = readInstallation(files, profiles, report);
  if (read === null || report.failed()) return { ok: false, problems: report.problems };
  return { ok: true, value: { ...read, profiles }, warnings: report.problems };
}

/** Everything that was said, one sentence each, without the folder. */
export function sentences(parsed: Parsed<Loaded>): readonly string[] {
  return (parsed.ok ? parsed.warnings : parsed.problems).map((problem) =>
    problemText({ ...problem, at: problem.at.replace(/^.*\/(?=config\.xml|lector\.ini)/, '') }),
  );
}

/** The installation, or a failure of the test that says what was wrong. */
export function loaded(parsed: Parsed<Loaded>): Loaded['installation'] {
  if (parsed.ok) return parsed.value.installation;
  throw new Error(sentences(parsed).join('\n'));
}

type Parts = { readonly devices: string; readonly analyzers: string; readonly node?: string };

/** A whole config.xml around the elements that a test is about. */
export function plant({ devices, analyzers, node = '<node id="4" name="School"/>' }: Parts): string {
  return `<configuracio>${node}\n<devices>\n${devices}\n</devices>\n<equips>\n${analyzers}\n</equips></configuracio>`;
}

type Analyzer = {
  readonly attributes?: string;
  readonly model?: string;
  readonly params?: string;
  readonly exports?: string;
  readonly codes?: readonly string[];
};

/** One analyzer on one line of text, on device 1 unless `attributes` says otherwise. */
export function analyzer({
  attributes = 'id="1" device="1"',
  model = 'PM710',
  params = '<tempsgravacio>15</tempsgravacio><tempslectura>60</tempslectura>',
  exports = '',
  codes = ['TPF'],
}: Analyzer = {}): string {
  const queries = codes.map((code) => `<consulta>${code}</consulta>`).join('');
  const head = `<analitzador ${attributes}><params><model>${model}</model>${params}</params>`;
  return `${head}<dataexports>${exports}</dataexports><peticions>${queries}</peticions></analitzador>`;
}

/** A simulated device. */
export const simulated = (id = 1, inside = '<protocol>rtu</protocol>'): string =>
  `<device id="${id}" type="simulated">${inside}</device>`;
