/** The names that config.xml has had since the predecessor, some of them Catalan. They stand nowhere else in code. */
export const NAMES = {
  root: 'configuracio',
  node: 'node',
  devices: 'devices',
  device: 'device',
  fault: 'fault',
  analyzers: 'equips',
  analyzer: 'analitzador',
  params: 'params',
  maker: 'fabricant',
  model: 'model',
  recordingMinutes: 'tempsgravacio',
  readingSeconds: 'tempslectura',
  rapid: 'rapid',
  exports: 'dataexports',
  export: 'dataexport',
  queries: 'peticions',
  query: 'consulta',
  virtuals: 'virtuals',
  virtual: 'virtual',
  alarms: 'alarms',
  alarm: 'alarm',
} as const;

/** A name as it stands in the file, for sentences: `<analitzador>`. */
export const tag = (name: keyof typeof NAMES): string => `<${NAMES[name]}>`;
