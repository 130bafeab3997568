import { fromPromise } from 'xstate';
import { analyzerMachine } from '../machines/analyzer.ts';
import { deliveryMachine } from '../machines/delivery.ts';
import { deviceMachine } from '../machines/device.ts';
import { askLine } from '../machines/device-setup.ts';
import type { MachineTime } from '../machines/events.ts';
import { rootMachine } from '../machines/root.ts';
import { type DeliveryTold, deliverOnce } from './deliver.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { Pass } from './domain/pass.ts';
import type { Link } from './domain/ports.ts';
import type { Reading } from './domain/reading.ts';
import type { Identity, Store } from './domain/store-port.ts';
import type { AnalyzerId, DeviceId } from './domain/units.ts';
import type { Exports } from './exports.ts';
import type { KeptMode } from './memory.ts';
import type { Made, Recorder } from './recorder.ts';
import type { Reporter } from './reporter.ts';

/** What fills the slots of the machines. */
export type Ports = {
  readonly time: MachineTime;
  readonly offsetAt: OffsetAt;
  readonly linkOf: (deviceId: DeviceId) => Link;
  readonly recorder: Recorder;
  readonly store: Store;
  readonly exports: Pick<Exports, 'exporterOf' | 'memoryOf'>;
  readonly reporter: Reporter;
  /** Remembers over a restart that the wall clock was put back. */
  readonly beginPass: (pass: Pass) => void;
  readonly keepReading: (reading: Reading) => void;
  readonly keepIdentity: (analyzerId: AnalyzerId, identity: Identity) => void;
  readonly keepMode: (analyzerId: AnalyzerId, mode: KeptMode) => void;
  /** So many records were acknowledged. */
  readonly delivered: (exporterId: string, count: number) => void;
  /** Records of some are kept apart, or are taken again, or one was set aside. */
  readonly apart: (exporterId: string) => void;
  /** Analyzers that are read no more: those that are open have a window that is still to be recorded. */
  readonly leaving: {
    readonly phaseOf: (analyzerId: AnalyzerId) => 'open' | 'recorded' | 'written' | null;
    /** Its window is closed; these are the records. */
    readonly recorded: (analyzerId: AnalyzerId, made: readonly Made[]) => void;
  };
};

/** The root machine with every slot filled: what the machines ask for is done by the ports. */
export function wiredRoot(ports: Ports) {
  const { time, recorder, reporter } = ports;
  return rootMachine(time, ports.offsetAt).provide({
    actors: {
      recover: fromPromise(async ({ input }) => {
        const { closed } = await recorder.recover(input.startedAt);
        const told = closed.then(({ windows, written }) => written.then(() => reporter.recovered(windows)));
        told.catch(reporter.storeFailed);
      }),
      device: wiredDevice(ports),
      analyzer: wiredAnalyzer(ports),
      delivery: wiredDelivery(ports),
    },
    actions: {
      announce: (_, params) => reporter.root(params),
      recordHeld: (_, { analyzerId, window }) => {
        // what goes wrong here must not end the root; the window is closed with the next one then
        const close = () => {
          try {
            const leaving = ports.leaving.phaseOf(analyzerId);
            // of a later window that ended together with its last one there is nothing either
            const made = recorder.closeWindow(analyzerId, window, leaving === null);
            tellWhenWritten(made, reporter);
            if (leaving === 'open') ports.leaving.recorded(analyzerId, made);
          } catch (error) {
            reporter.storeFailed(error);
          }
        };
        const recovering = recorder.recovering(analyzerId);
        if (recovering === null) close();
        else void recovering.then(close);
      },
      noteTime: (_, params) => {
        reporter.time(params);
        if (params.kind === 'gap') recorder.markGap(params).catch(reporter.storeFailed);
        else {
          // what is read from now on may take the place of what was read before
          recorder.finishRecovery();
          ports.beginPass({ number: params.pass, from: params.to });
        }
      },
    },
  });
}

export function tellWhenWritten(all: readonly Made[], reporter: Reporter): void {
  for (const { record, written } of all) {
    written.then(() => reporter.recorded(record)).catch(reporter.storeFailed);
  }
}

function wiredDevice({ time, linkOf, reporter }: Ports) {
  return deviceMachine(time).provide({
    actors: {
      openLine: fromPromise(({ input }) => linkOf(input.deviceId).open()),
      closeLine: fromPromise(({ input }) => linkOf(input.deviceId).close()),
    },
    actions: {
      announce: ({ context }, params) => reporter.device(context.deviceId, params),
      transact: askLine((deviceId, ask) => linkOf(deviceId).transact(ask)),
    },
  });
}

function wiredDelivery(ports: Ports) {
  const { time, reporter, exports, store } = ports;
  const toldOf = (exporterId: string): DeliveryTold => ({
    delivered: (count) => ports.delivered(exporterId, count),
    parked(record) {
      reporter.parked(exporterId, record);
      ports.apart(exporterId);
    },
    apart(analyzerIds, failure) {
      reporter.apart(exporterId, analyzerIds, failure);
      ports.apart(exporterId);
    },
    taken(analyzerIds) {
      reporter.apart(exporterId, analyzerIds, null);
      ports.apart(exporterId);
    },
  });
  return deliveryMachine(time).provide({
    actors: {
      deliver: fromPromise(async ({ input: { exporterId } }) => {
        const memory = exports.memoryOf(exporterId);
        return deliverOnce(store.outbox, exports.exporterOf(exporterId), { memory, told: toldOf(exporterId) });
      }),
    },
    actions: { announce: ({ context }, params) => reporter.delivery(context.exporterId, params) },
  });
}

function wiredAnalyzer(ports: Ports) {
  const { time, recorder, reporter } = ports;
  return analyzerMachine(time).provide({
    actors: {
      closeWindow: fromPromise(async ({ input, signal }) => {
        const recovering = recorder.recovering(input.analyzerId);
        if (recovering !== null) await recovering;
        // whoever is started again after a crash closes it with its next one
        if (signal.aborted) return;
        // a disk that refuses holds up no later window: what is made waits in the store, and is delivered from there
        tellWhenWritten(recorder.closeWindow(input.analyzerId, input.window), reporter);
      }),
    },
    actions: {
      keep: ({ context }) => {
        for (const reading of context.made.readings) ports.keepReading(reading);
        if (context.made.learnt) ports.keepIdentity(context.session.spec.analyzerId, context.made.learnt);
      },
      remember: ({ context }, mode) => ports.keepMode(context.session.spec.analyzerId, mode),
      announce: ({ context }, params) => reporter.analyzer(context.session, params),
    },
  });
}
