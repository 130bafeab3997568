import { continueConnecting, startConnecting } from '../../src/domain/connect.ts';
import type { ConnectResult, MeterSpec } from '../../src/domain/meter.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { Identity } from '../../src/domain/store-port.ts';
import { type FakeMeter, START, talk } from './fake-meter.ts';
import { specOf } from './profile.ts';

/** Connects a fake meter: what was asked, and how it ended. */
export const connect = (
  profile: Profile,
  fake: FakeMeter,
  spec: Partial<MeterSpec> = {},
  known: Identity | null = null,
) => talk(startConnecting(specOf(profile, spec), known, START), continueConnecting, fake);
export const meterIn = (result: ConnectResult) => {
  if (result.kind === 'failed') throw new Error(result.failure.message);
  return result.meter;
};
export const failureIn = (result: ConnectResult) => {
  if (result.kind === 'connected') throw new Error('connected');
  return result.failure;
};
/** What was learnt of the meter of `profileOf` before. */
export const knownAs = (own: Partial<Identity> = {}): Identity => ({
  profileId: 'test',
  text: 'T1 meter',
  at: START,
  splits: [],
  refused: [],
  base: 0,
  ...own,
});
