/** One sample of the text format, with what was said of its metric. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly type: string;
  readonly help: string;
};

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/;

/**
 * Reads the text format 0.0.4 of Prometheus, or OpenMetrics 1.0, and throws at what neither allows: a sample without
 * type and help, metrics that are not in one piece, a sample twice, a wrong escape, counters without `_total`.
 */
export function parseMetrics(text: string, isOpenMetrics = false): readonly Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (isOpenMetrics && lines.pop() !== '# EOF') throw new Error('expected # EOF at the end');
  const described = new Map<string, { help?: string; type?: string }>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let current = '';
  for (const line of lines) {
    if (line === '' && !isOpenMetrics) continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, what = '', name = '', words = ''] = comment;
      const known = described.get(name) ?? {};
      const key = what === 'HELP' ? 'help' : 'type';
      if (known[key] !== undefined || (name !== current && described.has(name))) throw new Error(`twice: ${line}`);
      described.set(name, { ...known, [key]: words });
      current = name;
      continue;
    }
    const { name, labels, value } = parseSample(line);
    const family = isOpenMetrics ? name.replace(/_total$/, '') : name;
    const { help, type } = described.get(family) ?? described.get(name) ?? {};
    if (help === undefined || type === undefined) throw new Error(`nothing was said of ${line}`);
    if (current !== family && current !== name) throw new Error(`not in one piece: ${line}`);
    if (type === 'counter' && (!name.endsWith('_total') || value < 0)) throw new Error(`no counter: ${line}`);
    if (type !== 'counter' && name.endsWith('_total')) throw new Error(`no counter, but called so: ${line}`);
    const identity = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    if (seen.has(identity)) throw new Error(`a sample is there twice: ${line}`);
    seen.add(identity);
    samples.push({ name, labels, value, type, help });
  }
  return samples;
}

function parseSample(line: string): Pick<Sample, 'name' | 'labels' | 'value'> {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    const end = rest.lastIndexOf('} ');
    let inside = rest.slice(1, end);
    while (inside !== '') {
      const found = LABEL.exec(inside);
      if (found === null) throw new Error(`no label at ${inside}`);
      const [all, key = '', value = ''] = found;
      if (key in labels) throw new Error(`label ${key} twice: ${line}`);
      labels[key] = value.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
      inside = inside.slice(all.length);
    }
    rest = rest.slice(end + 1);
  }
  const number = /^ (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i.exec(rest)?.[1];
  if (number === undefined) throw new Error(`no number: ${line}`);
  return { name, labels, value: Number(number) };
}
