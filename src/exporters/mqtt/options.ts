/** What may stand in an option. flag: `yes` or `no`; file: a path, relative to config.xml; variable: of the environment. */
export type OptionKind = 'text' | 'flag' | 'file' | 'variable';

/** Options of `<dataexport type="mqtt" target="mqtts://broker:8883">`, beside its type and target. */
export const MQTT_OPTIONS = {
  user: 'text',
  password_file: 'file',
  password_env: 'variable',
  /** The authority that signed the broker's certificate; without it those that the system trusts. */
  ca_file: 'file',
  /** A certificate of our own, and its key, for brokers that ask for one. */
  cert_file: 'file',
  key_file: 'file',
  /** 1 to 65 characters; without it one that is the same at each start. */
  client_id: 'text',
  /** First levels of every topic; `lector`. */
  prefix: 'text',
  /** Whether Home Assistant is told what there is; yes. */
  discovery: 'flag',
  /** Where Home Assistant looks; `homeassistant`. */
  discovery_prefix: 'text',
  /** Whether a record that nobody subscribes to goes on being owed; no. Needs a broker that speaks MQTT 5. */
  wait_for_subscriber: 'flag',
} as const satisfies Record<string, OptionKind>;
