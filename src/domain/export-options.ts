/** Types of destination that a file may name. */
export const EXPORT_TYPES = ['localFile', 'clientRest', 'mqtt', 'influx', 'http', 'prometheus'] as const;
export type ExportType = (typeof EXPORT_TYPES)[number];

/** Of the options of a destination, by what they hold: all are texts when they have been checked. */
export type OptionKind =
  | { readonly kind: 'text'; readonly max: number }
  | { readonly kind: 'whole'; readonly min: number; readonly max: number }
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  /** `yes` or `no` when it was checked, however it was written. */
  | { readonly kind: 'yesNo' }
  /** A file, absolute when it was checked: relative ones lie beside config.xml. `secret`: only its owner reads it. */
  | { readonly kind: 'file'; readonly secret: boolean }
  /** Name of an environment variable that holds a secret. */
  | { readonly kind: 'environment' };

type Options = Readonly<Record<string, OptionKind>>;

const text = (max: number): OptionKind => ({ kind: 'text', max });
const whole = (min: number, max: number): OptionKind => ({ kind: 'whole', min, max });
const yesNo: OptionKind = { kind: 'yesNo' };

/** `<name>_file` and `<name>_env`: a secret is never in config.xml itself. */
const secret = <const Name extends string>(name: Name) =>
  ({ [`${name}_file`]: { kind: 'file', secret: true }, [`${name}_env`]: { kind: 'environment' } }) as Record<
    `${Name}_file` | `${Name}_env`,
    OptionKind
  >;

/** Certificates that are trusted beside those of the system, PEM. */
const caFile = { ca_file: { kind: 'file', secret: false } } as const;

/** Longest wait for an answer, seconds. */
const timeout = { timeout: whole(1, 300) } as const;
export const TIMEOUT_SECONDS = 30;

/** What each type may say beside its target: as attributes or as elements, by the names of the file. */
export const EXPORT_OPTIONS = {
  localFile: {},
  clientRest: { ...secret('token'), ...caFile, ...timeout },
  mqtt: {
    user: text(256),
    ...secret('password'),
    ...caFile,
    /** A certificate of our own, and its key, for brokers that ask for one. */
    cert_file: { kind: 'file', secret: false },
    key_file: { kind: 'file', secret: true },
    /** Else one that is the same at each start. */
    client_id: text(65),
    /** First levels of every topic; `lector`. */
    prefix: text(100),
    /** Whether Home Assistant is told what there is; yes. */
    discovery: yesNo,
    /** Where Home Assistant looks; `homeassistant`. */
    discovery_prefix: text(100),
    /** Whether a record that nobody subscribes to goes on being owed; no. */
    wait_for_subscriber: yesNo,
  },
  influx: {
    /** `1`: /write?db=; `2`: /api/v2/write?org&bucket. Else told by which of database and bucket is there. */
    version: { kind: 'oneOf', values: ['1', '2'] },
    database: text(200),
    retention_policy: text(200),
    user: text(256),
    ...secret('password'),
    org: text(200),
    bucket: text(200),
    ...secret('token'),
    measurement: text(100),
    ...caFile,
    ...timeout,
  },
  http: {
    /** Signs what is sent. */
    ...secret('secret'),
    /** Sent as `Authorization: Bearer`. */
    ...secret('token'),
    /** Text that the body of an answer must hold to be a receipt. */
    ack: text(200),
    /** Records of one call: 1 sends an object, more an array. */
    batch: whole(1, 500),
    ...caFile,
    ...timeout,
  },
  prometheus: { ...secret('token') },
} as const satisfies Readonly<Record<ExportType, Options>>;

export const isExportType = (type: string): type is ExportType => (EXPORT_TYPES as readonly string[]).includes(type);

export const optionsOf = (type: ExportType): Options => EXPORT_OPTIONS[type];
