import { describe, expect, it } from 'vitest';
import type { Destination } from '../../src/domain/destinations.ts';
import { LectorError } from '../../src/domain/errors.ts';
import type { AnalyzerConfig, ExportConfig } from '../../src/domain/installation.ts';
import type { ExporterContext } from '../../src/exporters/ports.ts';
import { createExports } from '../../src/exports.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerConfig } from '../support/installation.ts';
import { contextFor } from './http/context.ts';

const config = (type: string, options: ExportConfig['options'] = {}): ExportConfig => ({
  ...{ type, target: 'there', path: null, options },
});
const to = (type: string, ids: readonly number[] = [1], options: ExportConfig['options'] = {}): Destination => ({
  id: `${type}:there`,
  config: config(type, options),
  analyzers: ids.map((id): AnalyzerConfig => analyzerConfig({ id })),
});

/** Destinations whose parts say what happens to them. `shows` owes nothing, `broken` cannot be made. */
function createBench(first: readonly Destination[]) {
  const store = createMemoryStore();
  const happened: string[] = [];
  const contexts = new Map<string, ExporterContext>();
  const troubles = new Map<string, string>();
  let hangs = false;
  const hang = () => {
    hangs = true;
  };
  const create = (context: ExporterContext) => {
    const { type } = context.config;
    if (type === 'broken') throw new LectorError('EXPORT_FAILED', 'no such certificate');
    contexts.set(type, context);
    const say = (what: string) => void happened.push(`${what} ${type}`);
    const closing = async (what: string): Promise<void> => {
      say(what);
      if (hangs) await new Promise(() => undefined);
    };
    const exporter = {
      ...{ id: context.id, order: 'oldest' as const, batchMax: 1, deliver: async () => [] },
      close: () => closing('close exporter'),
    };
    const live = {
      ...{ start: () => say('start'), installed: () => say('installed'), close: () => closing('close live') },
      ...(type === 'centre' && { siteChanged: () => say('told') }),
      trouble: () => troubles.get(type) ?? null,
    };
    return { exporter: type === 'shows' ? null : exporter, live: type === 'files' ? null : live };
  };
  const { context, log, clock } = contextFor('any', 'there');
  const reachable = (id: string) => void happened.push(`reachable ${id}`);
  const exports = createExports(store.outbox, first, { ...context, create, reachable });
  return { exports, store, contexts, troubles, log, clock, hang, happened: () => happened.splice(0) };
}

describe('what serves the destinations', () => {
  it('is started once the outbox knows who is owed something, and what only shows is owed nothing', async () => {
    const { exports, store, happened } = createBench([to('files'), to('shows'), to('centre', [1, 2])]);
    expect(happened()).toEqual([]);
    await exports.begin();
    expect(happened()).toEqual(['start shows', 'start centre']);
    expect(exports.ids()).toEqual(['files:there', 'centre:there']);
    expect(() => exports.exporterOf('shows:there')).toThrow('is configured no more');
    expect(() => store.outbox.owed('shows:there')).toThrow();
    exports.installed();
    expect(happened()).toEqual(['installed shows', 'installed centre']);
    exports.siteChanged();
    expect(happened()).toEqual(['told centre']);
    await exports.close();
    expect(happened().toSorted()).toEqual([
      ...['close exporter centre', 'close exporter files', 'close live centre', 'close live shows'],
    ]);
  });

  it('says by its id that it can be reached again', async () => {
    const { exports, contexts, happened } = createBench([to('files'), to('centre')]);
    await exports.begin();
    happened();
    contexts.get('centre')?.reachable();
    expect(happened()).toEqual(['reachable centre:there']);
  });

  it('one that cannot be made is a trouble and no end: the others are served', async () => {
    const { exports, troubles, log } = createBench([to('broken'), to('centre')]);
    await exports.begin();
    expect(exports.ids()).toEqual(['centre:there']);
    expect(exports.troubles()).toEqual(['broken:there is not served: no such certificate']);
    troubles.set('centre', 'the centre cannot be reached');
    expect(exports.troubles()).toHaveLength(2);
    expect(log.matching(/broken:there is not served/)).toHaveLength(1);
    await exports.settle([to('centre')]);
    expect(exports.troubles()).toEqual(['the centre cannot be reached']);
  });

  it('a reload that leaves one as it was leaves its connection alone', async () => {
    const { exports, contexts, happened } = createBench([to('centre'), to('files')]);
    await exports.begin();
    const [exporter, memory] = [exports.exporterOf('centre:there'), exports.memoryOf('centre:there')];
    memory.passed = 77;
    happened();
    await exports.settle([to('centre', [1, 2]), to('shows')]);
    expect(exports.exporterOf('centre:there')).toBe(exporter);
    expect(exports.memoryOf('centre:there')).toBe(memory);
    // what somebody who came back was not sent is looked for anew
    expect(memory.passed).toBe(0);
    expect(contexts.get('centre')?.analyzerIds()).toEqual([1, 2]);
    expect(happened()).toEqual(['close exporter files', 'start shows']);
  });

  it('another option makes another one, which begins when the former has ended', async () => {
    const { exports, happened } = createBench([to('centre')]);
    await exports.begin();
    const before = exports.exporterOf('centre:there');
    happened();
    await exports.settle([to('centre', [1], { token_file: '/token' })]);
    expect(exports.exporterOf('centre:there')).not.toBe(before);
    expect(happened()).toEqual(['close exporter centre', 'close live centre', 'start centre']);
  });

  it('who does not say good-bye holds up neither a reload nor an end', async () => {
    const { exports, clock, hang } = createBench([to('centre')]);
    await exports.begin();
    hang();
    await clock.settle(exports.settle([to('files')]), 1500);
    await clock.settle(exports.close(), 1500);
  });

  it('what another reload ended before it began is not begun', async () => {
    const { exports, clock, hang, happened } = createBench([to('centre')]);
    await exports.begin();
    hang();
    const both = [exports.settle([to('shows')]), exports.settle([])];
    await clock.settle(Promise.all(both), 3000);
    expect(happened()).not.toContain('start shows');
  });

  it('says who is kept apart, why and for how long', () => {
    const { exports } = createBench([to('centre')]);
    expect(exports.holdingOf('centre:there')).toBeNull();
    const memory = exports.memoryOf('centre:there');
    for (let id = 1; id <= 7; id += 1) memory.hold(id, { code: 'EXPORT_FAILED', message: '404', facts: {} }, 60_000);
    expect(exports.holdingOf('centre:there')).toMatchObject({
      failure: { message: '404 (records of analyzers 1, 2, 3, 4, 5 and 2 more wait, the others go on)' },
      forMs: 60_000,
    });
    expect(exports.holdingOf('nobody')).toBeNull();
  });
});
