import { readFileSync, statSync } from 'node:fs';
import { readModel } from '../../central/api/model-file.ts';
import { modelView } from '../../central/api/schemas.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { jsonText } from '../ctl/json-text.ts';
import type { PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { printDone, printRows } from './print.ts';

type Words = readonly string[];

const FILE_BYTES_MAX = 1_048_576;

/** `lector central model list` */
export function listModels(options: PlaceOptions): Promise<number> {
  return withCentre(options, async ({ registry }) => {
    const models = await registry.models();
    printRows(options, {
      documents: models.map(modelView),
      rows: models.map(({ name, vendor, profile, variables, edited }) => ({
        model: name,
        vendor,
        profile,
        variables: variables.length,
        'by hand': edited ? 'yes' : 'no',
      })),
      nothing: 'no model',
    });
    return 0;
  });
}

/** `lector central model show PM710`: its variables; with --json in the form that `model add` reads. */
export function showModel(options: PlaceOptions, [name = '']: Words): Promise<number> {
  return withCentre(options, async ({ registry }) => {
    const model = (await registry.models()).find((each) => each.name === name);
    if (model === undefined) {
      const words = `there is no model "${safe(name, 60)}"; "lector central model list" says which there are`;
      throw new LectorError('CENTRE_REFUSED', words);
    }
    if (options.json === true) process.stdout.write(jsonText(modelView(model)));
    else {
      const rows = model.variables.map(({ code, quantity, phases, unit, aggregate, description }) => ({
        ...{ code, quantity, values: phases.join(' '), unit, record: aggregate, description },
      }));
      printRows(options, { documents: [], rows, nothing: `${safe(name)} measures nothing that is known` });
    }
    return 0;
  });
}

/** `lector central model add FILE`: adds or changes the model that a JSON file describes. */
export function addModel(options: PlaceOptions, [file = '']: Words): Promise<number> {
  const model = modelIn(file);
  return withCentre(options, async ({ registry }) => {
    await registry.putModel(model);
    const words = `model ${safe(model.name)} has ${model.variables.length} variables; new profiles leave it alone`;
    printDone(options, words, model);
    return 0;
  });
}

/** `lector central model remove PM710` */
export function removeModel(options: PlaceOptions, [name = '']: Words): Promise<number> {
  return withCentre(options, async ({ registry }) => {
    await registry.removeModel(name);
    printDone(options, `model ${safe(name)} is removed`, { name, removed: true });
    return 0;
  });
}

function modelIn(file: string) {
  const read = readModel(jsonOf(file));
  if (read.ok) return read.model;
  const advice = '"lector central model show PM710 --json" shows one as it must look';
  throw new LectorError('CENTRE_REFUSED', `${safe(file)} is no model: ${read.words}; ${advice}`);
}

function jsonOf(file: string): unknown {
  try {
    if (statSync(file).size > FILE_BYTES_MAX) throw new Error('it is larger than 1 MiB');
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LectorError('CENTRE_REFUSED', `${safe(file)} cannot be read as JSON: ${safe(reason)}`, {}, error);
  }
}
