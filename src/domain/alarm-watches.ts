import { channelOf, demandMsOf } from './alarm-conditions.ts';
import type { AlarmSubject, AlarmWatch } from './alarm-engine.ts';
import type { AlarmRule } from './alarm-rules.ts';
import { type Channel, channelKey, type Wanted } from './alarm-tracker.ts';
import type { AnalyzerId, DeviceId, VariableCode } from './units.ts';

/** What there is to be watched. */
export type Watchable = {
  readonly analyzers: readonly {
    readonly id: AnalyzerId;
    readonly codes: readonly VariableCode[];
    /** Its active power is read. */
    readonly hasPower: boolean;
  }[];
  readonly devices: readonly DeviceId[];
  readonly deliveries: readonly { readonly id: string; readonly type: string }[];
};

/** Each rule for each of those that it is about, rule by rule. */
export function watchesOf(rules: readonly AlarmRule[], there: Watchable): readonly AlarmWatch[] {
  return rules.flatMap((rule) =>
    subjectsOf(rule, there).map((subject) => ({ key: `${rule.name}|${subjectName(subject)}`, rule, subject })),
  );
}

/** `analyzer:3`, `device:1`, `delivery:localFile:/dades`, `node`. */
export const subjectName = (subject: AlarmSubject): string =>
  subject.kind === 'node' ? 'node' : `${subject.kind}:${subject.id}`;

function subjectsOf(rule: AlarmRule, { analyzers, devices, deliveries }: Watchable): readonly AlarmSubject[] {
  switch (rule.when) {
    case 'diskLow':
      return [{ kind: 'node' }];
    case 'lineLost':
      return chosen(devices, rule.devices, rule.except).map((id) => ({ kind: 'device', id }));
    case 'owed': {
      const { exporter } = rule;
      const others = rule.except.map(String);
      return deliveries
        .filter((each) => (exporter === null || isMeant(exporter, each)) && !others.some((text) => isMeant(text, each)))
        .map(({ id }) => ({ kind: 'delivery', id }));
    }
    case 'silent':
    case 'frozen':
    case 'above':
    case 'below':
    case 'demand': {
      const able = analyzers.filter(
        ({ codes, hasPower }) =>
          (rule.variable === null || codes.includes(rule.variable)) && (rule.when !== 'demand' || hasPower),
      );
      const ids = able.map(({ id }) => id);
      return chosen(ids, rule.analyzers, rule.except).map((id) => ({ kind: 'analyzer', id }));
    }
  }
}

const chosen = (
  ids: readonly number[],
  named: readonly number[] | null,
  except: AlarmRule['except'],
): readonly number[] => ids.filter((id) => (named === null || named.includes(id)) && !except.includes(id));

/** An exporter's id, its type, or any part of its id. */
const isMeant = (text: string, { id, type }: { readonly id: string; readonly type: string }): boolean =>
  text === type || id.toLowerCase().includes(text.toLowerCase());

/** What the rules of one analyzer want to know of its readings. */
export function wantedBy(rules: readonly AlarmRule[], recordingMs: number, counter: VariableCode | null): Wanted {
  const channels = new Map<string, Channel>();
  const demands = new Set<number>();
  const still = new Set<VariableCode>();
  for (const rule of rules) {
    const channel = channelOf(rule);
    if (channel !== null) channels.set(channelKey(channel), channel);
    if (rule.when === 'demand') demands.add(demandMsOf(rule, recordingMs));
    const code = rule.when === 'frozen' ? (rule.variable ?? counter) : null;
    if (code !== null) still.add(code);
  }
  return { channels: [...channels.values()], demands: [...demands], still: [...still] };
}
