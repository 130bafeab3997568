import { listSerialPorts } from '../../drivers/lines/serial-ports.ts';
import { loadInstallation } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import type { Installation } from '../domain/installation.ts';
import { type Problem, problemText } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';
import { type DeviceUse, linesUse } from '../line-use.ts';
import { sumsText, useText, verdictText } from './check-text.ts';
import type { CheckOptions } from './options.ts';

/**
 * `lector check`: all problems of the configuration, or what each device will be asked and whether there is time for
 * it. Opens no port. Resolves with 0 when `lector serve` can do what the files say, else 1.
 */
export async function check(options: CheckOptions): Promise<number> {
  const located = locateConfig(options, process.env, process.cwd());
  const serialPorts = await listSerialPorts();
  const parsed = loadInstallation({ ...located, serialPorts, platform: process.platform });
  const problems = parsed.ok ? parsed.warnings : parsed.problems;
  const devices = parsed.ok ? linesUse(parsed.value.installation, parsed.value.profiles) : [];
  const ok = parsed.ok && devices.every(({ verdict }) => verdict !== 'doesNotFit');
  if (options.json) {
    const { virtuals = [] } = parsed.ok ? parsed.value.installation : {};
    const sums = virtuals.length === 0 ? {} : { virtuals };
    process.stdout.write(
      `${JSON.stringify({ ok, ...located, problems, devices: devices.map(deviceJson), ...sums }, null, 2)}\n`,
    );
    return ok ? 0 : 1;
  }
  const said = problemsText(problems);
  process.stdout.write(parsed.ok ? `${said}${planText(parsed.value.installation, devices)}` : said);
  return ok ? 0 : 1;
}

const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** One line for each problem and one that counts them; nothing when there are none. */
function problemsText(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const count = (n: number, word: string) => (n === 0 ? [] : [counted(n, word)]);
  const total = [...count(errors, 'error'), ...count(problems.length - errors, 'warning')].join(' and ');
  const end = errors > 0 ? `${total}: lector does not start with this` : total;
  return `${problems.map(problemText).join('\n')}\n${end}\n\n`;
}

function planText(installation: Installation, devices: readonly DeviceUse[]): string {
  const { node, analyzers, configFile, iniFile } = installation;
  const enabled = devices.filter(({ device }) => device.enabled).length;
  const plant = `${counted(analyzers.length, 'analyzer')} on ${counted(enabled, 'device')}`;
  const head = [
    `${configFile}, ${iniFile ?? 'no lector.ini (defaults)'}`,
    `node ${node.id} "${safe(node.name)}", time zone ${node.timezone}: ${plant}`,
  ];
  const bad = devices.filter(({ verdict }) => verdict === 'doesNotFit').map(({ id }) => id);
  const end =
    bad.length === 0
      ? 'All is well.'
      : `Device ${bad.join(', ')} cannot do what is asked of it; readings would be late.`;
  const blocks = [...devices.map((use) => useText(use)), sumsText(installation)].filter((text) => text !== '');
  return `${head.join('\n')}\n\n${blocks.join('\n')}\n${end}\n`;
}

function deviceJson({ device, analyzers, load, verdict, remedy, id }: DeviceUse): unknown {
  const { endpoint, gapMs } = device;
  return {
    id,
    enabled: device.enabled,
    endpoint,
    gapMs,
    load,
    verdict,
    words: verdictText(verdict, load, remedy),
    analyzers,
  };
}
