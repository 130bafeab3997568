type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** An instant on the wall clock, in ms since 1970-01-01T00:00:00Z. */
export type EpochMs = Brand<number, 'EpochMs'>;
/** An instant on the monotonic clock, in ms since an arbitrary origin. Never compared with an {@link EpochMs}. */
export type MonoMs = Brand<number, 'MonoMs'>;

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const monoMs = (value: number): MonoMs => value as MonoMs;

/** `analitzador id` of config.xml. */
export type AnalyzerId = number;
/** `device id` of config.xml. */
export type DeviceId = number;
/** Bus address: 1..247 on RTU, 0..255 on Modbus TCP, 1..99 on CVM. */
export type UnitId = number;
/** A legacy variable code such as TPF or CEA. */
export type VariableCode = string;
