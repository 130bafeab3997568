/** Things to be done in order within a lane, while lanes pass each other. */
export type Lanes<Job> = {
  /** At most `max` of one `of` wait: returns the oldest, which had to go for it, or null. */
  add(lane: string, of: string, job: Job): Job | null;
  /** A lane whose first job is not under way and does not wait for its next try; `isFree`: whether it may begin now. */
  next(isFree: (job: Job) => boolean): Begun<Job> | null;
  end(): void;
};

export type Begun<Job> = {
  readonly job: Job;
  /** It is over, done or given up. */
  done(): void;
  /** It is to be begun again once `ready` is called. Returns that function; `cancel` is called when all ends. */
  later(cancel: () => void): () => void;
};

type Entry<Job> = { readonly of: string; readonly job: Job };
type Lane<Job> = { readonly entries: Entry<Job>[]; state: 'ready' | 'running' | 'waiting'; cancel: () => void };

export function createLanes<Job>(max: number): Lanes<Job> {
  const lanes = new Map<string, Lane<Job>>();
  const waiting = new Map<string, number>();
  const count = (of: string, by: number) => {
    const now = (waiting.get(of) ?? 0) + by;
    if (now === 0) waiting.delete(of);
    else waiting.set(of, now);
  };
  const forget = (key: string, lane: Lane<Job>) => {
    if (lane.entries.length === 0) {
      lane.cancel();
      lanes.delete(key);
    }
  };
  /** What is being told stays. */
  const dropOldest = (of: string): Job | null => {
    for (const [key, lane] of lanes) {
      const index = lane.entries.findIndex((entry, n) => entry.of === of && (n > 0 || lane.state !== 'running'));
      const [dropped] = index < 0 ? [] : lane.entries.splice(index, 1);
      if (dropped === undefined) continue;
      count(of, -1);
      if (index === 0) {
        lane.cancel();
        lane.state = 'ready';
      }
      forget(key, lane);
      return dropped.job;
    }
    return null;
  };
  return {
    add(key, of, job) {
      const dropped = (waiting.get(of) ?? 0) >= max ? dropOldest(of) : null;
      const lane = lanes.get(key) ?? { entries: [], state: 'ready', cancel: () => undefined };
      lane.entries.push({ of, job });
      lanes.set(key, lane);
      count(of, 1);
      return dropped;
    },
    next(isFree) {
      for (const [key, lane] of lanes) {
        const [first] = lane.entries;
        if (first === undefined || lane.state !== 'ready' || !isFree(first.job)) continue;
        lane.state = 'running';
        return {
          job: first.job,
          done() {
            lane.entries.shift();
            count(first.of, -1);
            lane.state = 'ready';
            forget(key, lane);
          },
          later(cancel) {
            lane.state = 'waiting';
            lane.cancel = cancel;
            return () => {
              if (lane.state === 'waiting') lane.state = 'ready';
            };
          },
        };
      }
      return null;
    },
    end() {
      for (const lane of lanes.values()) lane.cancel();
    },
  };
}
