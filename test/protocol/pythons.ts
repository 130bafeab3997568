import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Py } from '../../src/protocol/pickle.ts';
import { DEBIAN_PYTHON, requireTool } from '../support/require-tool.ts';

/** One way in which a client loads pickles. */
export type Loader = { readonly name: string; readonly program: string; readonly module: string };

/** Types and values as both Pythons and {@link canonOf} tell them: texts as UTF-16 in hex, floats by their bits. */
export type Canon = readonly unknown[];

const SCRIPT = `
import json, struct, sys, binascii
if sys.argv[1] == 'pure': import pickle; loads = getattr(pickle, '_loads', pickle.loads)
elif sys.argv[1] == 'c': import pickle; loads = pickle.loads
else: import cPickle; loads = cPickle.loads
OLD = sys.version_info[0] == 2
whole = (int, long) if OLD else int
texts = (str, unicode) if OLD else str
def hexed(raw): return binascii.hexlify(raw).decode('ascii')
def canon(v):
    if v is None: return ['none']
    if isinstance(v, bool): return ['bool', v]
    if isinstance(v, whole): return ['int', str(v)]
    if isinstance(v, float): return ['float', 'nan' if v != v else hexed(struct.pack('>d', v))]
    if isinstance(v, texts):
        if OLD and isinstance(v, str): return ['ascii', hexed(v.decode('ascii').encode('utf-16-be'))]
        kind = 'text' if OLD or any(ord(c) > 127 for c in v) else 'ascii'
        how = () if OLD else ('surrogatepass',)
        raw = v.encode('utf-16-be', *how)
        back = raw.decode('utf-16-be', 'replace')
        if back != v and u'\\ufffd' not in back: return ['halves', repr(v)]
        return [kind, hexed(raw)]
    if isinstance(v, list): return ['list', [canon(e) for e in v]]
    if isinstance(v, dict): return ['dict', sorted(([canon(k), canon(e)] for k, e in v.items()), key=json.dumps)]
    return ['other', repr(v)]
def load(text):
    try: return canon(loads(binascii.unhexlify(text)))
    except Exception as e: return ['error', repr(e)[:200]]
print(json.dumps([load(text) for text in json.load(sys.stdin)]))
`;

const python2 = (): string | null => {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['python2.7', 'python2'].map((name) => join(folder, name)));
  const versions = join(homedir(), '.pyenv/versions');
  const own = existsSync(versions) ? readdirSync(versions).filter((name) => name.startsWith('2.7')) : [];
  const found = [...own.map((name) => join(versions, name, 'bin/python2.7')), ...onPath].filter((each) =>
    existsSync(each),
  );
  return found.find((each) => spawnSync(each, ['-c', 'import cPickle']).status === 0) ?? null;
};

/** Every loader of this machine: Python 3 (asked for), and 2.7 where there is one. */
export function pythonLoaders(): readonly Loader[] {
  const loaders: Loader[] = [];
  if (requireTool('python3')) {
    const program = existsSync(DEBIAN_PYTHON) ? DEBIAN_PYTHON : 'python3';
    loaders.push(
      { name: 'Python 3 pickle', program, module: 'c' },
      { name: 'Python 3 pickle in Python', program, module: 'pure' },
    );
  }
  const old = python2();
  if (old === null) process.stderr.write('skipped: pickles in Python 2.7, for there is none here\n');
  else
    loaders.push(
      { name: 'Python 2.7 pickle', program: old, module: 'pure' },
      { name: 'Python 2.7 cPickle', program: old, module: 'cPickle' },
    );
  return loaders;
}

/** What each text loads to, sent as Latin-1. */
export function loadedBy({ program, module }: Loader, texts: readonly string[]): readonly Canon[] {
  const input = JSON.stringify(texts.map((text) => Buffer.from(text, 'latin1').toString('hex')));
  const { stdout, stderr, status } = spawnSync(program, ['-c', SCRIPT, module], {
    input,
    maxBuffer: 1e9,
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`${program}: ${stderr.toString()}`);
  return JSON.parse(stdout.toString());
}

function floatCanon(value: number): Canon {
  if (Number.isNaN(value)) return ['float', 'nan'];
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return ['float', bytes.toString('hex')];
}

function textCanon(text: string): Canon {
  const units = Buffer.from(text, 'utf16le').swap16().toString('hex');
  return [[...text].every((character) => (character.codePointAt(0) ?? 0) < 128) ? 'ascii' : 'text', units];
}

/** What Python must say of a value. */
export function canonOf(value: Py): Canon {
  if (value === null) return ['none'];
  if (typeof value === 'boolean') return ['bool', value];
  if (typeof value === 'bigint') return ['int', String(value)];
  if (typeof value === 'number') return floatCanon(value);
  if (typeof value === 'string') return textCanon(value);
  if (Array.isArray(value)) return ['list', value.map(canonOf)];
  const entries: readonly (readonly [string | bigint, Py])[] = [
    ...(value instanceof Map ? value : Object.entries(value)),
  ];
  const pairs = entries.map(([key, each]) => [canonOf(key), canonOf(each)]);
  return ['dict', pairs.sort((a, b) => (pythonText(a) < pythonText(b) ? -1 : 1))];
}

/** As Python's json.dumps writes it, blanks after commas: what dicts are sorted by there. */
const pythonText = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(pythonText).join(', ')}]` : JSON.stringify(value);
