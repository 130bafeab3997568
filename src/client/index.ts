export { LectorError } from '../domain/errors.ts';
export type * from '../protocol/answers.ts';
export type * from '../protocol/events.ts';
export type { RefusalCode } from '../protocol/operator.ts';
export type * from '../protocol/record-wire.ts';
export type * from '../protocol/views.ts';
export type { AnalyzerRef, ClientEvent, ClientOptions, LectorClient, LineRef } from './types.ts';
