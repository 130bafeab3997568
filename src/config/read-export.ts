import { EXPORT_TYPES, isExportType } from '../domain/export-options.ts';
import type { ExportConfig } from '../domain/installation.ts';
import { readExportOptions } from './export-options.ts';
import { checkTarget } from './export-target.ts';
import { NAMES } from './names-ca.ts';
import { listed, nearest, type Report, seen } from './report.ts';
import { resolveTarget } from './target.ts';
import type { XmlElement } from './xml-file.ts';

export type TargetContext = { readonly folder: string; readonly anywhere: boolean };

/** A destination with the place of its element. */
export type PlacedExport = { readonly config: ExportConfig; readonly at: string };

/**
 * One `<dataexport>`, or null when it cannot be one. A localFile target is resolved and must lie where it may; options
 * are checked by the table of their type, and files among them made absolute.
 */
export function readExport(element: XmlElement, context: TargetContext, report: Report): PlacedExport | null {
  const values = new Map(element.attributes.map((attribute) => [attribute.name, attribute]));
  const type = values.get('type');
  const target = values.get('target');
  if (type === undefined || type.value === '') {
    report.error(element.at, `type="localFile" or another in <${NAMES.export}>`, 'none', 'say where records go');
    return null;
  }
  if (!isExportType(type.value)) {
    const near = nearest(type.value, EXPORT_TYPES);
    const todo = near === null ? 'choose one of them' : `did you mean ${near}?`;
    report.error(type.at, `type: one of ${listed(EXPORT_TYPES, 'or')}`, seen(type.value), todo);
    return null;
  }
  const options = readExportOptions(type.value, element, context.folder, report);
  const placed = { value: target?.value ?? '', at: target?.at ?? element.at };
  const base = { type: type.value, target: placed.value, options };
  if (type.value === 'localFile') {
    return { config: { ...base, path: targetPath(placed.value, placed.at, context, report) }, at: element.at };
  }
  checkTarget({ type: type.value, target: placed, options, at: element.at }, report);
  return { config: { ...base, path: null }, at: element.at };
}

function targetPath(target: string, at: string, { folder, anywhere }: TargetContext, report: Report): string | null {
  if (target === '') {
    report.error(at, 'target="FOLDER" of localFile', 'none', 'write target="dades", say');
    return null;
  }
  const found = resolveTarget(target, folder, anywhere);
  if (found.kind === 'folder') return found.path;
  if (found.kind === 'outside') {
    const todo = 'choose a folder below it, or write absolute_targets = yes under [General] of lector.ini';
    const saw = found.path === target ? seen(target) : `${seen(target)}, which is ${found.path}`;
    report.error(at, `a target in the folder of the configuration, ${folder}`, saw, todo);
  } else {
    const saw = found.kind === 'notFolder' ? 'a file' : 'what cannot be reached (links in a circle? no permission?)';
    report.error(at, 'a target that is a folder, there or not yet', `${seen(target)}, ${saw}`, 'choose another');
  }
  return null;
}
