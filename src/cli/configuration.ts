import { listSerialPorts } from '../../drivers/lines/serial-ports.ts';
import { type Loaded, loadInstallation } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import { LectorError } from '../domain/errors.ts';
import { problemText } from '../domain/problem.ts';
import type { ConfigOptions } from './options.ts';

/** The configuration of a command that needs one. Rejects CONFIG_INVALID with everything that is wrong with it. */
export async function configurationOf(options: ConfigOptions): Promise<Loaded> {
  const located = locateConfig(options, process.env, process.cwd());
  const serialPorts = await listSerialPorts();
  const parsed = loadInstallation({ ...located, serialPorts, platform: process.platform });
  if (parsed.ok) return parsed.value;
  const sentences = parsed.problems.map(problemText).join('\n');
  throw new LectorError('CONFIG_INVALID', `the configuration cannot be used:\n${sentences}`);
}
