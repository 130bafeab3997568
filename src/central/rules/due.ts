import type { OffsetAt, Window } from '../../domain/grid.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { Rule } from './rule.ts';
import {
  type Finding,
  isOver,
  newState,
  type Open,
  type RuleState,
  SHARE_MIN,
  SHARE_WHOLE,
  type StepOptions,
  stepLate,
  stepRule,
  type Told,
} from './step.ts';
import { LATE_MS, ruleWindows } from './windows.ts';

/** Windows to be judged, each list by end. `late`: those of which more may have come. */
export type Due = { readonly fresh: readonly Window[]; readonly late: readonly Window[] };

/** Of a rule that was never judged (`state` null) the last window that is over. */
export function dueOf(state: RuleState | null, rule: Rule, now: EpochMs, offsetAt: OffsetAt): Due {
  // the clock was ahead, and is set right
  const known = state === null || state.judgedUntil > now ? null : state;
  const oldest = now - LATE_MS;
  // of a forecast only the newest tells anything
  if (known === null || rule.when === 'cost') {
    const last = ruleWindows(rule, epochMs(oldest), now, offsetAt).slice(-1);
    return { fresh: last.filter(({ end }) => known === null || end > known.judgedUntil), late: [] };
  }
  const ends = new Set(known.open.map(({ end }) => end));
  const since = Math.max(oldest, Math.min(known.judgedUntil, ...[...ends].map((end) => end - 1)));
  const passed = ruleWindows(rule, epochMs(since), now, offsetAt);
  return {
    fresh: passed.filter(({ end }) => end > known.judgedUntil),
    late: passed.filter(({ end }) => ends.has(end)),
  };
}

export type Looked = { readonly window: Window; readonly finding: Finding };
export type Found = { readonly fresh: readonly Looked[]; readonly late: readonly Looked[] };

type Judged = { readonly state: RuleState; readonly told: readonly Told[] };
type JudgeOptions = Omit<StepOptions, 'id'> & { readonly rule: Rule; readonly makeId: () => string };

/**
 * What became of a rule and an analyzer. A window is judged when it is whole, or after the grace of the rule by what is
 * there of it; those after one that is waited for wait too.
 */
export function judge(before: RuleState | null, found: Found, o: JudgeOptions): Judged {
  const first = found.fresh[0]?.window.start ?? o.now;
  const told: Told[] = [];
  let state = before ?? newState(first);
  state = { ...state, open: [] };
  const keep = (open: Open) => {
    if (o.rule.when !== 'cost' && open.end > o.now - LATE_MS) state = { ...state, open: [...state.open, open] };
  };
  for (const open of before?.open ?? []) {
    const finding = found.late.find(({ window }) => window.end === open.end)?.finding;
    if (finding === undefined || shareOf(finding) < SHARE_WHOLE) keep(open);
    else if (finding.kind === 'seen' && !open.isOver) {
      const stepped = stepLate(state, finding.seen, { ...o, id: o.makeId() });
      state = stepped.state;
      if (stepped.told !== null) told.push(stepped.told);
    }
  }
  for (const { window, finding } of found.fresh) {
    const share = shareOf(finding);
    if (share < SHARE_WHOLE && o.now < window.end + o.rule.graceMs) break;
    const isTold = finding.kind === 'seen' && share >= SHARE_MIN;
    if (isTold) {
      const stepped = stepRule(state, finding.seen, { ...o, id: o.makeId() });
      state = stepped.state;
      if (stepped.told !== null) told.push(stepped.told);
    } else state = { ...state, why: whyOf(finding) };
    state = { ...state, judgedUntil: window.end };
    if (share < SHARE_WHOLE) keep({ end: window.end, isOver: isTold && isOver(finding.seen) });
  }
  return { state, told };
}

const shareOf = (finding: Finding): number => (finding.kind === 'seen' ? finding.seen.share : finding.share);

const whyOf = (finding: Finding): string =>
  finding.kind === 'unknown' ? finding.why : `only ${Math.round(finding.seen.share * 100)} % of it is known`;
