import type { ExportConfig } from '../domain/installation.ts';
import { NAMES } from './names-ca.ts';
import { listed, nearest, type Report, seen } from './report.ts';
import { resolveTarget } from './target.ts';
import type { XmlElement } from './xml-file.ts';

/** Destinations that a file may name; the others than localFile come with later versions. */
export const EXPORT_TYPES = ['localFile', 'clientRest', 'mqtt', 'influx', 'prometheus', 'csv', 'sql'] as const;

export type TargetContext = { readonly folder: string; readonly anywhere: boolean };

/** One `<dataexport>`, or null when it cannot be one. A localFile target is resolved and must lie where it may. */
export function readExport(element: XmlElement, context: TargetContext, report: Report): ExportConfig | null {
  const values = new Map(element.attributes.map((attribute) => [attribute.name, attribute]));
  const type = values.get('type');
  const target = values.get('target');
  if (type === undefined || type.value === '') {
    report.error(element.at, `type="localFile" or another in <${NAMES.export}>`, 'none', 'say where records go');
    return null;
  }
  const near = nearest(type.value, EXPORT_TYPES);
  if (near !== null && near !== type.value) {
    report.error(type.at, `type: one of ${listed(EXPORT_TYPES, 'or')}`, seen(type.value), `did you mean ${near}?`);
    return null;
  }
  const options = [
    ...element.attributes
      .filter(({ name }) => name !== 'type' && name !== 'target')
      .map((each) => [each.name, each.value]),
    ...element.children.map((child) => [child.name, child.text]),
  ];
  const base = { type: type.value, target: target?.value ?? '', options: Object.fromEntries(options) };
  if (type.value === 'localFile') {
    return { ...base, path: targetPath(target?.value ?? '', target?.at ?? element.at, context, report) };
  }
  const todo = 'its records stay in the store and are kept for it; localFile is written';
  report.warn(type.at, 'type="localFile"', `${seen(type.value)}, which is not delivered by this version`, todo);
  return { ...base, path: null };
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
