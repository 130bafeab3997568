import { z } from 'zod';
import type { EpochMs } from '../../domain/units.ts';
import { analyzerId, epochOf, instant, isoOf, nodeId, text } from '../api/schemas.ts';
import type { EventRow, NewEvent } from './ports.ts';
import { ORIGIN } from './schemas.ts';

const TOLD = { node: nodeId, id: z.number(), origin: ORIGIN, analyzer: z.number(), text: z.string() };
const ASKED = { node: nodeId, analyzer: analyzerId };
const counter = z.string().max(40).nullable().describe('Code of a variable; null: that of imported energy.');

/** An event as the API tells it. */
export const EVENT = z.discriminatedUnion('kind', [
  z
    .object({ ...TOLD, kind: z.literal('exchange'), at: z.string(), old: z.number(), new: z.number(), counter })
    .describe('The meter was exchanged: what the counters of the old one and of the new one showed.'),
  z
    .object({ ...TOLD, kind: z.literal('maintenance'), from: z.string(), to: z.string() })
    .describe('What was consumed meanwhile is not billed.'),
  z.object({ ...TOLD, kind: z.literal('note'), at: z.string() }).describe('What should be known of a bill.'),
]);

export const EVENT_BODY = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ ...ASKED, kind: z.literal('exchange'), at: instant, old: z.number(), new: z.number() },
    ...{ counter: counter.default(null), text: text.default('') },
  }),
  z.strictObject({ ...ASKED, kind: z.literal('maintenance'), from: instant, to: instant, text: text.default('') }),
  z.strictObject({
    ...{ ...ASKED, kind: z.literal('note'), text: text.min(1) },
    at: instant.optional().describe('Now, unless told.'),
  }),
]);

export function eventView({ node, origin, event }: EventRow): z.output<typeof EVENT> {
  const { id, analyzerId: analyzer, text: words } = event;
  const told = { node, id, origin, analyzer, text: words };
  switch (event.kind) {
    case 'exchange': {
      const { kind, at, old, new: shown, counter: code } = event;
      return { ...told, kind, at: isoOf(at), old, new: shown, counter: code };
    }
    case 'maintenance':
      return { ...told, kind: event.kind, from: isoOf(event.from), to: isoOf(event.to) };
    case 'note':
      return { ...told, kind: event.kind, at: isoOf(event.at) };
  }
}

/** What somebody asks to be entered. */
export function eventOf(body: z.output<typeof EVENT_BODY>, now: EpochMs): NewEvent {
  const { analyzer, text: words } = body;
  const base = { analyzerId: analyzer, text: words };
  switch (body.kind) {
    case 'exchange': {
      const { kind, at, old, new: shown, counter: code } = body;
      return { ...base, kind, at: epochOf(at), old, new: shown, counter: code };
    }
    case 'maintenance':
      return { ...base, kind: body.kind, from: epochOf(body.from), to: epochOf(body.to) };
    case 'note':
      return { ...base, kind: body.kind, at: body.at === undefined ? now : epochOf(body.at) };
  }
}
