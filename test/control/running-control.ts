import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { type Control, type ControlOptions, type ControlSettings, createControl } from '../../src/control/control.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { afterTest } from '../support/afterwards.ts';
import { createLogLines } from '../support/log-lines.ts';
import { createFakePlant, type FakePlant } from './fake-operator.ts';
import { connect, type RawClient } from './raw-client.ts';

export type RunningControl = {
  readonly control: Control;
  readonly plant: FakePlant;
  readonly log: ReturnType<typeof createLogLines>;
  readonly port: number;
  readonly socket: string;
  /** A client over TCP that has not said anything. */
  dial(): Promise<RawClient>;
  /** A client that was welcomed. */
  classic(): Promise<RawClient>;
  json(): Promise<RawClient>;
};

export type ControlChanges = {
  readonly settings?: Partial<ControlSettings>;
  readonly tokens?: readonly string[];
  readonly clock?: Clock;
  readonly plant?: FakePlant;
  readonly addressOf?: ControlOptions['addressOf'];
};

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lector-control-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const settingsIn = (folder: string, changes: Partial<ControlSettings> = {}): ControlSettings => ({
  host: '127.0.0.1',
  port: 0,
  socket: join(folder, 'run', 'lector.sock'),
  tokenFile: null,
  trust: [],
  allowInsecure: false,
  ...changes,
});

/** A control server at a free port and a socket of its own, stopped at the end of the test. */
export async function startControl(changes: ControlChanges = {}): Promise<RunningControl> {
  const settings = settingsIn(temporaryFolder(), changes.settings);
  const plant = changes.plant ?? createFakePlant();
  const log = createLogLines();
  const control = createControl({
    settings,
    tokens: changes.tokens ?? [],
    operator: plant.operator,
    clock: changes.clock ?? systemClock(),
    log,
    ...(changes.addressOf === undefined ? {} : { addressOf: changes.addressOf }),
  });
  await control.start();
  afterTest(() => control.stop());
  const port = control.address().port ?? 0;

  const dial = async (): Promise<RawClient> => {
    const client = await connect({ host: '127.0.0.1', port });
    afterTest(() => void client.socket.destroy());
    return client;
  };
  const greeted = async (hello: string): Promise<RawClient> => {
    const client = await dial();
    client.send(hello);
    await client.take(2);
    return client;
  };
  return {
    control,
    plant,
    log,
    port,
    socket: settings.socket,
    dial,
    classic: () => greeted('#$'),
    json: () => greeted('#J'),
  };
}
