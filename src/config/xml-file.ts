import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Report } from './report.ts';
import { seen } from './report.ts';
import { attributeOffsets, createPositions, type Markup, type Positions, scanMarkup } from './xml-positions.ts';

export const DEPTH_MAX = 32;

export type XmlAttribute = { readonly name: string; readonly value: string; readonly at: string };

/** An element with its texts as they stand in the file, and `file:line:column` of everything. */
export type XmlElement = {
  readonly name: string;
  readonly at: string;
  readonly attributes: readonly XmlAttribute[];
  /** All text directly within, without blanks around it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
};

type Source = {
  readonly text: string;
  readonly where: (offset: number) => string;
  readonly positions: Positions;
  readonly report: Report;
};

/**
 * The root element, or null with the reason in the report. What could do harm (DOCTYPE, entities, depth) is refused
 * before anything is parsed; the parser alone would accept a root that is not closed, and two roots.
 */
export function parseXml(text: string, shown: string, report: Report): XmlElement | null {
  const positions = createPositions(text);
  const where = (offset: number) => {
    const { line, column } = positions(offset);
    return `${shown}:${line}:${column}`;
  };
  const source = { text, where, positions, report };
  const markup = scanMarkup(text);
  if (!isHarmless(markup, source) || !isNested(markup, source) || !isWellFormed(source)) return null;
  return parseTree(source);
}

function isHarmless({ tags, unclosed }: Markup, { where, report, text }: Source): boolean {
  const declaration = tags.find((tag) => tag.kind === 'declaration');
  const start =
    declaration?.start ?? (unclosed !== null && /^<![A-Z]/i.test(text.slice(unclosed.start)) ? unclosed.start : -1);
  if (start === -1) return true;
  const name = /^<!\w*/.exec(text.slice(start, start + 20))?.[0] ?? '<!';
  report.error(where(start), 'no DOCTYPE and no entities', seen(name), 'remove it; lector needs none and reads none');
  return false;
}

/** Checks that tags close in order, and words it better than a parser can. */
function isNested({ tags, unclosed }: Markup, source: Source): boolean {
  const { where, positions, report, text } = source;
  const open: { readonly name: string; readonly start: number }[] = [];
  const closing = (name: string, start: number) => `</${name}> to close the <${name}> of line ${positions(start).line}`;
  for (const tag of tags) {
    const last = open.at(-1);
    if (tag.kind === 'open') open.push(tag);
    if (open.length > DEPTH_MAX) {
      report.error(where(tag.start), `elements at most ${DEPTH_MAX} deep`, 'deeper ones', 'this is no configuration');
      return false;
    }
    if (tag.kind !== 'close') continue;
    if (last?.name === tag.name) open.pop();
    else {
      const expected = last === undefined ? 'nothing more to close' : closing(last.name, last.start);
      const todo = last === undefined ? 'remove it' : `add </${last.name}> before it, or correct the name`;
      report.error(where(tag.start), expected, `</${seen(tag.name).slice(1, -1)}>`, todo);
      return false;
    }
  }
  if (unclosed !== null) {
    const todo = unclosed.what === 'a tag' ? 'a quote or a > is missing in it' : 'see where it should end';
    report.error(where(unclosed.start), `${unclosed.what} that is closed`, 'one that is not', todo);
    return false;
  }
  const last = open.at(-1);
  if (last === undefined) return true;
  const missing = open.map(({ name }) => `</${name}>`).reverse();
  const todo = `add ${missing.join(' and then ')} at the end of the file`;
  report.error(where(text.trimEnd().length), closing(last.name, last.start), 'the end of the file', todo);
  return false;
}

function isWellFormed({ text, where, report }: Source): boolean {
  if (text.trim() === '') {
    report.error(where(0), 'an XML document', 'an empty file', 'the shipped config.xml is one to begin with');
    return false;
  }
  const verdict = XMLValidator.validate(text);
  if (verdict === true) return true;
  const { msg, line, col } = verdict.err;
  const at = `${where(0).replace(/:\d+:\d+$/, '')}:${line}:${Number.isInteger(col) ? col : 1}`;
  const todo = 'values of attributes stand in quotes, once each; & is written &amp; and < is written &lt;';
  report.error(at, 'well-formed XML', seen(msg), todo);
  return false;
}

type Node = Readonly<Record<string, unknown>> & { readonly ':@'?: Readonly<Record<string, string>> };

const PARSER = {
  preserveOrder: true,
  captureMetaData: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  // texts stay texts: 007 is not 7
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
  maxNestedTags: DEPTH_MAX + 8,
} as const;

function parseTree(source: Source): XmlElement | null {
  const { where, report, text } = source;
  let nodes: readonly Node[];
  try {
    nodes = new XMLParser(PARSER).parse(text);
  } catch (error) {
    // the parser refuses names such as __proto__
    report.error(where(0), 'the elements of a configuration', seen((error as Error).message), 'remove what it names');
    return null;
  }
  const roots = nodes.filter(isElement).map((node) => toElement(node, source));
  const [root, second] = roots;
  if (second !== undefined) report.error(second.at, 'one root element', `a second one, <${second.name}>`, 'remove it');
  if (root === undefined)
    report.error(where(0), 'an XML document', 'no element', 'write one, see config.xml as shipped');
  return root !== undefined && second === undefined ? root : null;
}

const isElement = (node: Node): boolean => !('#text' in node) && !('#cdata' in node);

function toElement(node: Node, source: Source): XmlElement {
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const content = (node[name] ?? []) as readonly Node[];
  const meta = (node as Record<symbol, { startIndex?: number }>)[XMLParser.getMetaDataSymbol() as symbol];
  const start = meta?.startIndex ?? 0;
  const at = source.where(start);
  const offsets = attributeOffsets(source.text, start);
  const attributes = Object.entries(node[':@'] ?? {}).map(([key, value]) => {
    const place = source.where(offsets.get(key) ?? start);
    return { name: key, value: decodeEntities(value, place, source.report).trim(), at: place };
  });
  const text = content.map((child) => textOf(child, at, source.report)).join('');
  return {
    name,
    at,
    attributes,
    text: text.trim(),
    children: content.filter(isElement).map((child) => toElement(child, source)),
  };
}

function textOf(node: Node, at: string, report: Report): string {
  if ('#text' in node) return decodeEntities(String(node['#text']), at, report);
  const cdata = node['#cdata'] as readonly Node[] | undefined;
  return (cdata ?? []).map((part) => String(part['#text'] ?? '')).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The five entities of XML and numbers of characters; there are no others, since nothing can declare one. */
function decodeEntities(text: string, at: string, report: Report): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&\s]{0,40});/g, (whole, name: string) => {
    const code = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const point = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16) : -1;
    if (point >= 0x20 && point <= 0x10ffff) return String.fromCodePoint(point);
    const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (known !== undefined) return known;
    report.error(at, '&lt; &gt; &amp; &quot; &apos; or a number', seen(whole), 'write the character itself');
    return '';
  });
}
