import type { DiskFacts } from '../domain/alarm-conditions.ts';
import { type Alarm, type AlarmEvent, type AlarmState, raisedOf, stepAlarms } from '../domain/alarm-engine.ts';
import { subjectName, watchesOf } from '../domain/alarm-watches.ts';
import { spanText } from '../domain/alarm-words.ts';
import type { Reading } from '../domain/reading.ts';
import { safe } from '../domain/safe.ts';
import type { AlarmWire } from '../protocol/alarm-wire.ts';
import type { AlarmView } from '../protocol/views.ts';
import { createAlarmFacts } from './alarm-facts.ts';
import type { AlarmPorts } from './alarm-ports.ts';
import { labelOf, placeLabel, type Scene } from './scene.ts';

/** Rules are looked at so often; what readings say between is kept for then. */
export const ALARM_TURN_MS = 5_000;
/** A turn that comes later than this was held up: nothing could be read meanwhile either. */
const HELD_UP_MS = 2 * ALARM_TURN_MS;
const DISK_MS = 60_000;

/** An alarm that a rule raised, as it is shown. */
export type Raised = { readonly alarm: Alarm; readonly view: AlarmView };

export type AlarmWatcher = {
  start(): void;
  stop(): void;
  /** Takes in a reading, for some additions. */
  reading(reading: Reading): void;
  /** Rules or plant are others now. */
  installed(): void;
  /** Errors first, the oldest of each first. */
  raised(): readonly Raised[];
};

export type WatchOptions = {
  readonly scene: Scene;
  readonly ports: AlarmPorts;
  /** Other alarms are raised than before. */
  readonly changed: () => void;
};

/**
 * Watches by the rules of the configuration: raises, repeats and ends alarms, says so in the log and has their actions
 * done. Time is that in which the program ran: a clock that jumps and a machine that sleeps raise nothing.
 */
export function watchAlarms({ scene, ports, changed }: WatchOptions): AlarmWatcher {
  const { clock, store } = scene.o;
  const facts = createAlarmFacts(scene);
  let state: AlarmState = new Map();
  let lived = 0;
  let lastMono = clock.mono();
  let space: DiskFacts['space'] = null;
  let diskAt = Number.NEGATIVE_INFINITY;
  let timer: unknown = null;
  let isStopped = true;

  const watch = () => facts.watch(watchesOf(scene.ledger.plant.installation.alarms, watchable(scene)));
  const askDisk = () => {
    if (lived - diskAt < DISK_MS) return;
    diskAt = lived;
    void ports.disk().then((found) => {
      space = found;
    });
  };
  const turn = () => {
    const mono = clock.mono();
    lived += Math.min(mono - lastMono, HELD_UP_MS);
    lastMono = mono;
    askDisk();
    const judged = facts.judge(lived, { space, trouble: store.trouble() }, state);
    const { offsetAt } = scene.ledger.plant;
    const stepped = stepAlarms(state, judged, { now: clock.now(), lived, offsetAt });
    state = stepped.state;
    for (const event of stepped.events) tell(scene, ports, event);
    if (stepped.events.some(({ says }) => says)) changed();
  };
  const safeTurn = () => {
    try {
      turn();
    } catch (error) {
      // watching must never hurt what it watches
      ports.log.error({ error }, 'alarms could not be looked at; this is a bug of Lector');
    }
  };
  /** Where there are no rules, and no alarm of one that was, nothing is looked at. */
  const goOn = () => {
    const isIdle = scene.ledger.plant.installation.alarms.length === 0 && state.size === 0;
    if (isIdle) facts.rest();
    else if (timer === null && !isStopped) timer = clock.setTimeout(beat, ALARM_TURN_MS);
  };
  const beat = () => {
    timer = null;
    safeTurn();
    goOn();
  };
  return {
    start() {
      if (!isStopped) return;
      isStopped = false;
      lastMono = clock.mono();
      watch();
      goOn();
    },
    stop() {
      isStopped = true;
      clock.clearTimeout(timer);
      timer = null;
    },
    reading: (reading) => facts.reading(reading.analyzerId)?.reading(reading),
    installed() {
      if (isStopped) return;
      watch();
      if (state.size > 0) safeTurn();
      goOn();
    },
    raised: () => raisedOf(state).map((alarm) => ({ alarm, view: viewOf(scene, alarm) })),
  };
}

function watchable({ ledger }: Scene) {
  return {
    analyzers: [...ledger.analyzers.values()].map(({ config, codes, places }) => ({
      ...{ id: config.id, codes },
      hasPower: places.power.length > 0,
    })),
    devices: [...ledger.devices.keys()],
    deliveries: [...ledger.deliveries.values()].map(({ config }) => config),
  };
}

function viewOf(scene: Scene, alarm: Alarm): AlarmView {
  const { rule, subject } = alarm.watch;
  const since = scene.iso(alarm.since);
  const label = labelOfAlarm(scene, alarm);
  return {
    severity: rule.severity,
    subject: subjectName(subject),
    label,
    since,
    message: alarm.message,
    rule: rule.name,
  };
}

/** What is gone goes by its name. */
function labelOfAlarm(scene: Scene, { watch: { subject } }: Alarm): string {
  const { analyzers, devices, plant } = scene.ledger;
  switch (subject.kind) {
    case 'analyzer': {
      const track = analyzers.get(subject.id);
      return track === undefined ? `analyzer ${subject.id}` : labelOf(scene, track);
    }
    case 'device': {
      const track = devices.get(subject.id);
      return track === undefined ? `device ${subject.id}` : placeLabel(scene, track);
    }
    case 'delivery':
      return safe(subject.id);
    case 'node': {
      const { id, name } = plant.installation.node;
      return name === '' ? `node ${id}` : `node ${id} (${safe(name)})`;
    }
  }
}

const LEVELS = { error: 'error', warning: 'warn' } as const;

function tell(scene: Scene, ports: AlarmPorts, event: AlarmEvent): void {
  const { alarm, what, says, acts } = event;
  const { rule, subject } = alarm.watch;
  const sentence = sentenceOf(scene, event);
  if (says) {
    const facts = { alarm: rule.name, subject: subjectName(subject) };
    ports.log[what === 'cleared' ? 'info' : LEVELS[rule.severity]](facts, `alarm "${safe(rule.name)}"${sentence.log}`);
  }
  if (acts && rule.actions.length > 0) ports.tell(wireOf(scene, event, sentence.message), rule.actions);
}

/** `: analyzer 3 (PM710 "Pump") has not been read for 15 min`, ` is over after 22 min: analyzer 3 (PM710 "Pump")`. */
function sentenceOf(scene: Scene, { alarm, what, lastedMs, why, acts }: AlarmEvent) {
  const { rule } = alarm.watch;
  const label = labelOfAlarm(scene, alarm);
  const found = alarm.watch.subject.kind === 'node' ? alarm.message : `${label} ${alarm.message}`;
  const lasted = spanText(lastedMs);
  switch (what) {
    case 'raised':
    case 'repeated': {
      const isHeldBack = rule.actions.length > 0 && !acts && !alarm.isTold;
      const end = `${what === 'repeated' ? ` (for ${lasted})` : ''}${isHeldBack ? '; told after quiet hours' : ''}`;
      return { log: `: ${found}${end}`, message: found };
    }
    case 'cleared': {
      const end = why === null ? 'is over' : 'ends';
      const cause = why === null ? '' : `: ${why}`;
      return { log: ` ${end} after ${lasted}: ${label}${cause}`, message: `${label}: ${end} after ${lasted}${cause}` };
    }
  }
}

function wireOf(scene: Scene, { alarm, what, at }: AlarmEvent, message: string): AlarmWire {
  const { rule, subject } = alarm.watch;
  const { node } = scene.ledger.plant.installation;
  const track = subject.kind === 'analyzer' ? scene.ledger.analyzers.get(subject.id) : undefined;
  return {
    id: `${node.id}|${alarm.watch.key}|${alarm.since}`,
    event: what,
    ...{ rule: rule.name, when: rule.when, severity: rule.severity },
    subject: subjectName(subject),
    label: labelOfAlarm(scene, alarm),
    message,
    ...{ value: alarm.value, limit: rule.limit },
    ...{ since: scene.iso(alarm.since), at: scene.iso(at) },
    node: { id: node.id, name: node.name },
    analyzer:
      track === undefined ? null : { id: track.config.id, name: track.config.name, location: track.config.location },
  };
}
