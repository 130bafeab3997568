import type { LectorRecord, RecordedVariable } from '../../domain/record.ts';

/** Line ends and other controls end a line or hide in one: nothing of the kind is in a name that means something. */
const CONTROL = /\p{Cc}/gu;
/** A backslash at the end would take the separator that follows for its own. */
const LAST_BACKSLASHES = /\\+$/;

const bare = (text: string): string => text.replace(CONTROL, ' ').replace(LAST_BACKSLASHES, '');

export const escapeMeasurement = (text: string): string => bare(text).replace(/[, ]/g, '\\$&');
/** Keys and values of tags, and keys of fields. */
export const escapeTag = (text: string): string => bare(text).replace(/[,= ]/g, '\\$&');

/**
 * A record as a line of InfluxDB's line protocol, without a line end, at its end in ms:
 *
 *   lector,analyzer=1,model=PM710,node=4 n=15i,expected=15i,TPF0=230.1,TPF0_min=229,TPF0_max=231.2 1399371300000
 *
 * Tags: node, analyzer, model, and generation where it is not 0. Fields: n and expected; for each value, code and place
 * of it (`TPF0`), `_min` and `_max` of what is a mean, `_delta` of a counter. What is not available has no field.
 */
export function influxLine(record: LectorRecord, measurement: string): string {
  const { nodeId, analyzerId, model, generation, n, expected, variables, end } = record;
  const tags = [
    ['analyzer', String(analyzerId)],
    ...(generation === 0 ? [] : [['generation', String(generation)]]),
    // a tag without a value is no line
    ...(bare(model) === '' ? [] : [['model', model]]),
    ['node', String(nodeId)],
  ].map(([name = '', value = '']) => `,${name}=${escapeTag(value)}`);
  const fields = [`n=${n}i`, `expected=${expected}i`, ...Object.entries(variables).flatMap(fieldsOf)];
  return `${escapeMeasurement(measurement)}${tags.join('')} ${fields.join(',')} ${end}`;
}

type Numbers = readonly (number | null)[];

function fieldsOf([code, variable]: readonly [string, RecordedVariable]): readonly string[] {
  const { values, min, max, delta, aggregate } = variable;
  const field = (numbers: Numbers, index: number, suffix = ''): readonly string[] => {
    const value = numbers[index];
    const isThere = value !== null && value !== undefined && Number.isFinite(value);
    return isThere ? [`${escapeTag(`${code}${index}${suffix}`)}=${value}`] : [];
  };
  const isCounter = aggregate === 'counter';
  return values.flatMap((_, index) => [
    ...field(values, index),
    ...(isCounter ? field(delta, index, '_delta') : [...field(min, index, '_min'), ...field(max, index, '_max')]),
  ]);
}
