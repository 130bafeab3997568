import { createHash } from 'node:crypto';
import { readSecret } from '../http/secret.ts';
import type { ExporterContext } from '../ports.ts';
import type { SessionOptions } from './session.ts';
import { brokerOf } from './target.ts';
import { createTopics, type Topics } from './topics.ts';

/** What a destination of this type says beside its target. */
export type MqttSettings = {
  readonly topics: Topics;
  readonly discovery: boolean;
  readonly needsSubscriber: boolean;
};

export function settingsOf({ config: { options } }: Pick<ExporterContext, 'config'>): MqttSettings {
  return {
    topics: createTopics(options.prefix || 'lector', options.discovery_prefix || 'homeassistant'),
    discovery: options.discovery !== 'no',
    needsSubscriber: options.wait_for_subscriber === 'yes',
  };
}

/**
 * What a connection needs. Files and secrets are read each time, so that new ones count without a restart.
 *
 * @throws LectorError EXPORT_FAILED in words, without the secret.
 */
export async function sessionOptionsOf(context: ExporterContext, topics: Topics): Promise<SessionOptions> {
  const { config, clock, site } = context;
  const { user, client_id, ca_file, cert_file, key_file } = config.options;
  const broker = brokerOf(config.target, {
    ...(ca_file && { ca: ca_file }),
    ...(cert_file && { cert: cert_file }),
    ...(key_file && { key: key_file }),
  });
  const password = await readSecret(config.options, 'password');
  return {
    ...{ broker, clock, user: user || null, password },
    clientId: client_id || clientIdOf(site().instance, context.id),
    will: { topic: topics.node(site().node), payload: 'offline' },
  };
}

/** The same at each start, another for each destination; 23 characters, as every broker takes (MQTT 3.1.1, 3.1.3.1). */
export function clientIdOf(instance: string, exporterId: string): string {
  const digest = createHash('sha256').update(`${instance}\n${exporterId}`).digest('hex');
  return `lector-${digest.slice(0, 16)}`;
}
