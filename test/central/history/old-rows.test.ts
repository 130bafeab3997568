import { describe, expect, it } from 'vitest';
import { oldRowsOf } from '../../../src/central/history/old-rows.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { record, VIEWS, variable } from './sample-records.ts';

const known = new Map(VIEWS.map((each) => [each.code, each]));
const rows = (one: CentralRecord, code = 'ALL') => oldRowsOf(one, code, known, zoneOffset('Europe/Madrid'));
const values = (list: readonly (number | null)[]) =>
  record('2014-05-01T10:15Z', { variables: { XX: variable('mean', list) } });

describe('records as the predecessor gave them', () => {
  it('a list where there is more than one value, the local time of the end, keys in its order', () => {
    const one = record('2014-05-01T10:15Z', {
      variables: { TPF: variable('mean', [230.123, 229.999, null]), PAT: variable('mean', [12.345678]) },
    });
    expect(JSON.stringify(rows(one))).toBe(
      '[{"dataHora":"2014-05-01T12:15:00","variable":"TPF","descripcio":"TPF in words","valor":[230.12,230,null],' +
        '"unitats":"V"},{"dataHora":"2014-05-01T12:15:00","variable":"PAT","descripcio":"PAT in words",' +
        '"valor":12.35,"unitats":"kW"}]',
    );
    expect(rows(one, 'PAT').map((each) => each.variable)).toEqual(['PAT']);
    expect(rows(one, 'XXX')).toEqual([]);
  });

  it.each([
    [0.125, 0.13],
    [-0.125, -0.13],
    [2.5e-9, 0],
    [-0.001, 0],
    [1e15, 1e15],
  ])('%d is told as %d', (value, told) => {
    expect(rows(values([value]))[0]?.valor).toBe(told);
  });

  it('has no row where there is no value, and knows nothing of a variable that is not known', () => {
    expect(rows(values([null, null]))).toEqual([]);
    expect(rows(values([1, null]))).toMatchObject([{ descripcio: '', unitats: '', valor: [1, null] }]);
  });
});
