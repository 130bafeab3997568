import { z } from 'zod';
import { AGGREGATES, CONFIDENCES, ENCODINGS, PHASES, type Phase, QUANTITIES } from '../../src/domain/profile.ts';

/** Types of a number with the words that each takes; a text says its own. */
export const TYPE_WORDS = { u16: 1, i16: 1, u32: 2, i32: 2, u64: 4, i64: 4, f32: 2, f64: 4, text: 1 } as const;
const TYPES = Object.keys(TYPE_WORDS) as readonly (keyof typeof TYPE_WORDS)[];

const ADDRESS_MAX = 65_535;
const REGISTERS_MAX = 125;
const TEXT_MAX = 400;

const text = z.string().max(TEXT_MAX);
const id = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a name of letters, digits and _ that begins with a letter');
// not a digit at the end: the columns of dades are the code and the number of the value, CEA0
const code = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]{0,6}[A-Za-z]$/, 'a code of 2 to 8 letters and digits such as TPF, its last one a letter');
const registerFunction = z.literal([3, 4]);
const wordOrder = z.enum(['msw', 'lsw']);
const confidence = z.enum(CONFIDENCES);
const marker = z
  .string()
  .regex(
    /^(NaN|(hi:)?0x[0-9A-Fa-f]+|-?\d+|>\d+)$/,
    'a raw value such as "0x8000", "hi:0x7FFF", "-1", ">9999" or "NaN"',
  );
const address = z.int().min(0).max(ADDRESS_MAX);
const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, 'the lower limit first');
const phase = z
  .string()
  .refine(
    (value): value is Phase => (PHASES as readonly string[]).includes(value) || /^CH\d{1,2}$/.test(value),
    `one of ${PHASES.join(' ')} or CH1, CH2, ...`,
  );

/** One line of `registers`; what is left out comes from `defaults` of the file and from the quantity. */
const register = z.strictObject({
  id: id.optional(),
  quantity: z.enum(QUANTITIES),
  phase: phase.optional(),
  function: registerFunction.optional(),
  address: address.optional(),
  type: z.enum(TYPES).optional(),
  words: z.int().min(1).max(REGISTERS_MAX).optional(),
  wordOrder: wordOrder.optional(),
  command: z.string().max(8).optional(),
  field: z.int().min(0).max(30).optional(),
  digits: z.int().min(1).max(20).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  scale: z.number().optional(),
  exponentRegister: id.optional(),
  unit: z.string().max(12).optional(),
  missing: z.array(marker).optional(),
  valid: range.nullable().optional(),
  wrapsAt: z.int().positive().optional(),
  confidence: confidence.optional(),
  description: text.optional(),
  bits: z.record(z.string().regex(/^\d{1,2}$/, 'a bit number'), text).optional(),
  optional: z.boolean().optional(),
});

/** A standard code by name alone, or any code with its registers. */
const variable = z.union([
  code,
  z.strictObject({
    code,
    registers: z.array(id).min(1).optional(),
    quantity: z.enum(QUANTITIES).optional(),
    description: text.optional(),
    unit: z.string().max(12).optional(),
    aggregate: z.enum(AGGREGATES).optional(),
  }),
]);

const defaults = z.strictObject({
  function: registerFunction.optional(),
  type: z.enum(TYPES).optional(),
  wordOrder: wordOrder.optional(),
  confidence: confidence.optional(),
  digits: z.int().min(1).max(20).optional(),
  optional: z.boolean().optional(),
  /** Raw values that mean "not available", by type. */
  missing: z.partialRecord(z.enum(TYPES), z.array(marker)).optional(),
});

const serial = z.strictObject({
  baud: z.int().min(300).max(1_000_000).default(9600),
  parity: z.enum(['N', 'E', 'O']).default('N'),
  bits: z.literal([7, 8]).default(8),
  stop: z.literal([1, 2]).default(1),
});

const limits = z.strictObject({
  registersMax: z.int().min(1).max(REGISTERS_MAX).default(REGISTERS_MAX),
  step: z.literal([1, 2]).default(1),
  holes: z.enum(['legal', 'illegal', 'unknown']).default('unknown'),
  timeoutMs: z.int().min(50).max(60_000).nullable().default(null),
});

/** What a profile file may say. {@link fillProfile} makes a Profile of it, with what it leaves out. */
export const profileFile = z.strictObject({
  vendor: text.min(1),
  model: text.min(1),
  aliases: z.array(text.min(1)).default([]),
  protocol: z.enum(['modbus', 'cvm']).default('modbus'),
  driver: text.optional(),
  dataDriver: text.optional(),
  sources: z.array(text).min(1),
  notes: z.array(text).default([]),
  serial: serial.prefault({}),
  limits: limits.prefault({}),
  identify: z.array(z.enum(['serverId', 'deviceId', 'version'])).default([]),
  identityContains: z.array(text.min(1)).default([]),
  signature: z.strictObject({ register: id, range }).optional(),
  discovery: z.strictObject({ kind: z.literal('sunspec'), models: z.array(z.int()).min(1) }).optional(),
  reserved: z
    .union([
      z.strictObject({ function: registerFunction, address, count: z.int().min(1).max(REGISTERS_MAX) }),
      z.strictObject({ command: z.string(), length: z.int().min(1).nullable().default(null) }),
    ])
    .optional(),
  defaults: defaults.prefault({}),
  registers: z.array(register).min(1),
  variables: z.array(variable).min(1).optional(),
  status: z.array(code).default([]),
  once: z.array(code).default([]),
});

export type ProfileFile = z.infer<typeof profileFile>;
export type RegisterLine = ProfileFile['registers'][number];
