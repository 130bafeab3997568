import { z } from 'zod';
import { EVENTS_MAX } from '../../domain/cost-event.ts';
import { AGGREGATES, PHASES, QUANTITIES } from '../../domain/profile.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { parseVirtual } from '../../domain/virtual.ts';
import { costEvent } from '../../tariff/events.ts';
import type { AnalyzerRow, ModelRow, NodeRow } from '../ports.ts';
import { isOfEveryObject } from '../variable-code.ts';

/** Longest name, place or text that somebody gives. */
const TEXT_MAX = 200;
const TOLD_MAX = 2_000;
/** Variables that one analyzer may have. */
const VARIABLES_MAX = 200;

export const text = z.string().max(TEXT_MAX);
export const nodeId = z.number().int().min(0).max(4_294_967_295);
export const analyzerId = z.number().int().min(1).max(65_535);
const port = z.number().int().min(1).max(65_535);

/** Ids within a path arrive as texts. */
const digits = z.string().regex(/^\d{1,10}$/, 'expected a whole number');
export const NODE_PATH = z.object({ node: digits.transform(Number).pipe(nodeId) });
export const ANALYZER_PATH = z.object({
  node: digits.transform(Number).pipe(nodeId),
  analyzer: digits.transform(Number).pipe(analyzerId),
});
export const NAME_PATH = z.object({ name: z.string().min(1).max(100) });

/** ISO 8601 with a zone. */
export const instant = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-11-25T12:00:00Z' });
export const epochOf = (iso: string): EpochMs => epochMs(Date.parse(iso));
export const isoOf = (at: EpochMs): string => new Date(at).toISOString();
const isoOrNull = (at: EpochMs | null): string | null => (at === null ? null : isoOf(at));

const phase = z.union([z.enum(PHASES), z.templateLiteral(['CH', z.number()])]);
export const VARIABLE = z.object({
  code: z
    .string()
    .min(1)
    .max(20)
    .refine((code) => !isOfEveryObject(code), 'expected another code, this is a word of JavaScript'),
  quantity: z.enum(QUANTITIES),
  unit: z.string().max(20),
  description: text,
  aggregate: z.enum(AGGREGATES),
  phases: z.array(phase).max(64),
});
const VARIABLES = z.array(VARIABLE).max(VARIABLES_MAX);

const LECTOR = z
  .object({ host: z.string().min(1).max(253), port })
  .describe('Its control port, for what is asked live.');

/** What somebody changes, and asks by: a name that is none would change, or ask, something else than was meant. */
export const NODE_CHANGE = z.strictObject({
  name: text.optional(),
  location: text.optional(),
  timezone: z.string().min(1).max(64).optional().describe('IANA name, such as Europe/Madrid.'),
  lector: LECTOR.nullable().optional(),
});

export const NODE = z.object({
  id: nodeId,
  name: z.string(),
  location: z.string(),
  timezone: z.string(),
  lector: LECTOR.nullable(),
  instance: z.string().nullable().describe('Of the data folder that feeds it.'),
  version: z.string().nullable(),
  clockOffsetMs: z.number().nullable().describe('How far its clock was ahead when it was last heard.'),
  addedAt: z.string(),
  seenAt: z.string().nullable(),
  tokens: z.number().int(),
});

export const nodeView = (row: NodeRow): z.output<typeof NODE> => ({
  ...row,
  addedAt: isoOf(row.addedAt),
  seenAt: isoOrNull(row.seenAt),
});

export const ANALYZER_CHANGE = z.strictObject({
  name: text.optional(),
  location: text.optional(),
  model: z.string().min(1).max(100).optional(),
});

export const ANALYZER = z.object({
  node: nodeId,
  id: analyzerId,
  name: z.string(),
  location: z.string(),
  vendor: z.string(),
  model: z.string(),
  recordingMs: z.number().nullable(),
  variables: VARIABLES,
  lastEnd: z.string().nullable().describe('Of its newest record that is at most a day ahead of the clock.'),
});

export const analyzerView = (row: AnalyzerRow): z.output<typeof ANALYZER> => ({
  ...row,
  variables: row.variables.map((each) => ({ ...each, phases: [...each.phases] })) as z.output<typeof VARIABLES>,
  lastEnd: isoOrNull(row.lastEnd),
});

export const MODEL_BODY = z.object({ vendor: text, profile: text.nullable().default(null), variables: VARIABLES });

export const MODEL = z.object({
  name: z.string(),
  vendor: z.string(),
  profile: z.string().nullable(),
  variables: VARIABLES,
  edited: z.boolean().describe('Changed by hand: new profiles leave it alone.'),
});

export const modelView = (row: ModelRow): z.output<typeof MODEL> => ({
  ...row,
  variables: row.variables.map((each) => ({ ...each, phases: [...each.phases] })) as z.output<typeof VARIABLES>,
});

/** `1 - 5` */
export const sum = z
  .string()
  .max(TEXT_MAX)
  .refine((of) => parseVirtual(of) !== null, 'expected analyzers by their ids, each once, such as 1 - 5')
  .describe('Analyzers that are added, and taken off, by their ids: 1 - 5.');

/** What people wrote at a site may be longer than what is kept of it. */
const toldText = z.string().max(TOLD_MAX);

export const SITE = z.object({
  node: nodeId,
  name: toldText,
  location: toldText,
  timezone: z.string().min(1).max(64),
  version: z.string().max(50),
  instance: z.string().min(1).max(100).describe('Made once for a data folder, a UUID.'),
  now: instant.describe('The clock of the lector as this was sent.'),
  analyzers: z
    .array(
      z.object({
        id: analyzerId,
        name: toldText,
        location: toldText,
        vendor: toldText,
        model: toldText,
        recordingMs: z.number().int().min(1).max(86_400_000),
        variables: z.array(VARIABLE.extend({ description: toldText })).max(VARIABLES_MAX),
      }),
    )
    .max(4_000),
  virtuals: z
    .array(z.object({ id: analyzerId, name: toldText, location: toldText, of: sum }))
    .max(1_000)
    .default([])
    .describe('Sums of analyzers, all of them.'),
  events: z
    .array(costEvent)
    .max(EVENTS_MAX)
    .nullable()
    .default([])
    .describe('What was entered by hand, all of it, with instants in epoch ms; null: it cannot be read now.'),
});

export const NOTHING = z.null().describe('Done; there is nothing to say.');
export const REMOVE_QUERY = z.strictObject({
  records: z.enum(['keep', 'remove']).default('keep').describe('remove: what was recorded goes too.'),
});
