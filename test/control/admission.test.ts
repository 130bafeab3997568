import { describe, expect, it } from 'vitest';
import { CLIENTS_MAX, createAdmission, REMOTE_MAX, REMOTE_OF_ADDRESS_MAX } from '../../src/control/admission.ts';

type Guest = { readonly address: string | null; readonly name: string };

const here = (name: string): Guest => ({ address: null, name });
const from = (address: string, name = address): Guest => ({ address, name });

/** An admission with guests of whom all, or none, finished a command. */
function admissionWith(guests: readonly Guest[], areSettled: boolean) {
  const admission = createAdmission<Guest>();
  for (const guest of guests) {
    admission.enter(guest);
    if (areSettled) admission.settle(guest);
  }
  return admission;
}

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

describe('admission', () => {
  it.each([
    ['of this machine', many(CLIENTS_MAX, (n) => here(`${n}`)), here('new'), '256 clients'],
    ['from one address', many(REMOTE_OF_ADDRESS_MAX, (n) => from('10.0.0.7', `${n}`)), from('10.0.0.7'), '8 clients'],
    ['from other machines', many(REMOTE_MAX, (n) => from(`10.0.0.${n}`)), from('10.0.1.1'), '32 clients'],
  ])('takes as many as there may be %s, and refuses the next', (_, guests, next, why) => {
    const admission = admissionWith(guests, true);
    expect(admission.size).toBe(guests.length);
    expect(admission.enter(next)).toMatchObject({ kind: 'refused', why: expect.stringMatching(`^${why}`) });
    const [first] = guests;
    if (first !== undefined) admission.leave(first);
    expect(admission.enter(next)).toEqual({ kind: 'admitted' });
  });

  it('counts addresses apart, and those of this machine not among the others', () => {
    const admission = admissionWith(
      many(8, (n) => from('10.0.0.7', `${n}`)),
      true,
    );
    expect(admission.enter(from('10.0.0.8'))).toEqual({ kind: 'admitted' });
    expect(admission.enter(here('new'))).toEqual({ kind: 'admitted' });
  });

  it('gives a newcomer the place of the oldest that never finished a command', () => {
    const guests = many(CLIENTS_MAX, (n) => here(`${n}`));
    const admission = admissionWith(guests, false);
    admission.settle(guests[0]!);
    admission.settle(guests[1]!);
    expect(admission.enter(here('new'))).toEqual({ kind: 'replaces', drop: guests[2] });
    expect(admission.enter(here('newer'))).toEqual({ kind: 'replaces', drop: guests[3] });
    expect(admission.size).toBe(CLIENTS_MAX);
  });

  it('gives one from an address the place of one of that address only', () => {
    const admission = admissionWith([here('old'), from('10.0.0.8')], false);
    const mine = many(8, (n) => from('10.0.0.7', `${n}`));
    for (const each of mine) admission.enter(each);
    expect(admission.enter(from('10.0.0.7', 'new'))).toEqual({ kind: 'replaces', drop: mine[0] });
  });

  it('never gives one from elsewhere the place of one of this machine', () => {
    const admission = admissionWith(
      many(CLIENTS_MAX, (n) => here(`${n}`)),
      false,
    );
    expect(admission.enter(from('10.0.0.7')).kind).toBe('refused');
  });

  it('one who leaves twice, or was replaced before, is counted once', () => {
    const guests = many(CLIENTS_MAX, (n) => here(`${n}`));
    const admission = admissionWith(guests, false);
    admission.enter(here('new'));
    admission.leave(guests[0]!);
    admission.leave(guests[1]!);
    admission.leave(guests[1]!);
    admission.settle(guests[0]!);
    expect(admission.size).toBe(CLIENTS_MAX - 1);
  });
});
