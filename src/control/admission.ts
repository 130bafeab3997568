/** Clients at one time, in all. */
export const CLIENTS_MAX = 256;
/** Of these, clients from addresses that are not loopback: in all, and from one address. */
export const REMOTE_MAX = 32;
export const REMOTE_OF_ADDRESS_MAX = 8;

/** A client as admission counts it. */
export type Guest = {
  /** Its address; null: of this machine. */
  readonly address: string | null;
};

export type Verdict<G extends Guest> =
  | { readonly kind: 'admitted' }
  /** Admitted in the place of `drop`, the oldest that never finished a command. */
  | { readonly kind: 'replaces'; readonly drop: G }
  | { readonly kind: 'refused'; readonly why: string };

export type Admission<G extends Guest> = {
  /** Counts `guest` in unless it is refused. The one that it replaces is counted out. */
  enter(guest: G): Verdict<G>;
  /** It finished a command: from now on it keeps its place. */
  settle(guest: G): void;
  /** It is gone; one that was never counted in, or was counted out, is fine. */
  leave(guest: G): void;
  readonly size: number;
};

/**
 * Counts clients against the limits. Where there is no place left, the oldest connection that never finished a command
 * makes room: so that those who connect and say nothing, however many, never keep out one who speaks.
 */
export function createAdmission<G extends Guest>(): Admission<G> {
  // true: it finished a command; in the order of their coming
  const guests = new Map<G, boolean>();

  /** The limit that a newcomer would break, whom it counts, and its words. The narrowest first. */
  function broken(newcomer: G): { readonly counts: (guest: G) => boolean; readonly why: string } | null {
    const { address } = newcomer;
    const limits = [
      ...(address === null
        ? []
        : [
            {
              max: REMOTE_OF_ADDRESS_MAX,
              counts: (guest: G) => guest.address === address,
              why: `${REMOTE_OF_ADDRESS_MAX} clients from ${address}`,
            },
            { max: REMOTE_MAX, counts: isRemote, why: `${REMOTE_MAX} clients from other machines` },
          ]),
      {
        max: CLIENTS_MAX,
        // one from elsewhere never takes the place of one of this machine
        counts: address === null ? () => true : isRemote,
        why: `${CLIENTS_MAX} clients`,
        size: guests.size,
      },
    ];
    for (const { max, counts, why, ...rest } of limits) {
      const size = 'size' in rest ? rest.size : [...guests.keys()].filter(counts).length;
      if (size >= max) return { counts, why };
    }
    return null;
  }

  return {
    enter(guest) {
      const limit = broken(guest);
      if (limit === null) {
        guests.set(guest, false);
        return { kind: 'admitted' };
      }
      for (const [other, isSettled] of guests) {
        if (isSettled || !limit.counts(other)) continue;
        guests.delete(other);
        guests.set(guest, false);
        return { kind: 'replaces', drop: other };
      }
      return { kind: 'refused', why: limit.why };
    },
    settle(guest) {
      // setting a key that is there keeps its place in the order
      if (guests.has(guest)) guests.set(guest, true);
    },
    leave(guest) {
      guests.delete(guest);
    },
    get size() {
      return guests.size;
    },
  };
}

const isRemote = (guest: Guest): boolean => guest.address !== null;
