/** What may stand in an option. file: a path, relative to config.xml; variable: of the environment. */
export type OptionKind = 'file' | 'variable';

/** Options of `<dataexport type="prometheus" target="127.0.0.1:9464">`, beside its type and target. */
export const PROMETHEUS_OPTIONS = {
  /** What `Authorization: Bearer` must carry; needed where others than this machine can connect. */
  token_file: 'file',
  token_env: 'variable',
} as const satisfies Record<string, OptionKind>;
