import type { DeviceId, UnitId } from './units.ts';

/** Where a meter answers: what is remembered of it is of whoever answers there, and nowhere else. */
export type MeterPlace = { readonly deviceId: DeviceId; readonly address: UnitId };

/** Whether something kept is of this place; before places were kept, of any. */
export function isOfPlace(kept: Partial<MeterPlace>, { deviceId, address }: MeterPlace): boolean {
  return kept.deviceId === undefined || (kept.deviceId === deviceId && kept.address === address);
}
