import { unsafe } from 'ini';
import { reportUnknownName } from './fields.ts';
import { type Report, seen } from './report.ts';
import type { Found } from './schema.ts';

/** Keys in small letters with their values, by section. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, Found>>;

/** Sections and their keys. */
export type IniNames = Readonly<Record<string, readonly string[]>>;

/**
 * Reads the lines of lector.ini. The package `ini` undoes quotes and escapes; it would also nest sections at a dot, cut
 * a value at any `;` and take rubbish for keys, so lines are told apart here, and all of that is reported.
 */
export function parseIni(text: string, shown: string, names: IniNames, report: Report): Ini {
  const ini = new Map(Object.keys(names).map((section) => [section, new Map<string, Found>()]));
  let section: string | null = null;
  let known = true;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const at = `${shown}:${index + 1}:${raw.length - raw.trimStart().length + 1}`;
    if (line.startsWith('[')) {
      section = sectionOf(line, at, names, report);
      known = section !== null;
    } else if (known) keyOf({ line, at, section, names, report, ini });
  }
  return ini;
}

/** The section that a line begins, or null when it is none that is known. */
function sectionOf(line: string, at: string, names: IniNames, report: Report): string | null {
  const name = /^\[([^\]]*)\]\s*([;#].*)?$/.exec(line)?.[1]?.trim();
  const known = Object.keys(names);
  if (name === undefined) report.error(at, `a section such as [${known[0]}]`, seen(line), 'close the bracket');
  else if (known.includes(name)) return name;
  else reportUnknownName({ what: 'section', name: seen(name), at, known, report });
  return null;
}

type Key = {
  readonly line: string;
  readonly at: string;
  readonly section: string | null;
  readonly names: IniNames;
  readonly report: Report;
  readonly ini: ReadonlyMap<string, Map<string, Found>>;
};

function keyOf({ line, at, section, names, report, ini }: Key): void {
  const parts = /^([^=]*)=(.*)$/.exec(line);
  const key = parts?.[1]?.trim().toLowerCase() ?? '';
  if (parts === null || !/^[\w.-]+$/.test(key)) {
    report.error(at, 'key = value, a [section] or a comment that begins with ;', seen(line), 'correct or remove it');
    return;
  }
  if (section === null) {
    const first = Object.keys(names)[0];
    report.error(at, `[${first}] above the first key`, seen(line), `write [${first}] on a line of its own above it`);
    return;
  }
  const known = names[section] ?? [];
  if (!known.includes(key)) {
    reportUnknownName({ what: `key in [${section}]`, name: key, at, known, report });
    return;
  }
  const value = decodeValue(parts[2] ?? '', at, report);
  const keys = ini.get(section);
  if (keys?.has(key)) report.warn(at, `${key} once in [${section}]`, 'it again', 'this one counts; remove the other');
  keys?.set(key, { value, at });
}

function decodeValue(raw: string, at: string, report: Report): string {
  const value = String(unsafe(raw));
  const trimmed = raw.trim();
  const cut = /^[^;#\\]*(?:\\.[^;#\\]*)*/.exec(trimmed)?.[0] ?? '';
  const quoted = /^(".*"|'.*')$/.test(trimmed);
  if (!quoted && /^["']/.test(trimmed)) {
    report.error(
      at,
      'a value in matching quotes with nothing behind it',
      seen(trimmed),
      'put a comment above the line',
    );
  } else if (!quoted && cut.length < trimmed.length && cut !== '' && !/\s$/.test(cut)) {
    const todo = `write \\${trimmed[cut.length]} for the character itself, or a blank before it to begin a comment`;
    report.error(at, `a value that no ; or # cuts off`, `${seen(trimmed)}, which would be ${seen(value)}`, todo);
  }
  return value;
}
