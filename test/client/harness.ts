import { type ClientOptions, createClient, type LectorClient, LectorError } from '../../src/client/index.ts';
import type { ClientPorts } from '../../src/client/ports.ts';
import { afterTest } from '../support/afterwards.ts';
import { type FakeServer, fakeServer, type Script } from './fake-server.ts';

/** A scripted server, for as long as the test runs. */
export async function serving(script: Script, more: { welcome?: string; path?: string } = {}): Promise<FakeServer> {
  const server = await fakeServer({ script, ...more });
  afterTest(() => server.stop());
  return server;
}

/** A client, closed after the test. */
export function connectedTo(o: ClientOptions, ports?: ClientPorts): LectorClient {
  const client = createClient(o, ports);
  afterTest(() => client.close());
  return client;
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<LectorError> {
  const error = await promise.then(
    (value) => new Error(`it resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof LectorError) return error;
  throw error;
}

/** Answers each command with what it understood. */
export const echo: Script = (name, argument, peer) => peer.answer(name, { name, argument });
