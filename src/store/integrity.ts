import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Leaf pages are looked at for so long at an ordinary start; what leads to them always is. */
const LEAVES_MS = 400;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const TREE_BYTES = 48;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const FLAG = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const NODE_FLAG = { overflow: 0x01, tree: 0x02 } as const;

type Pages = {
  /** null: beyond the end of the file. */
  readonly read: (page: number) => Buffer | null;
  readonly pageBytes: number;
  /** Highest page that the newest state may use and the file has. */
  readonly last: number;
};
type Place = { readonly page: number; readonly depth: number };

/**
 * Looks through an lmdb data file before it is mapped: a page that is missing or damaged would end the process by a
 * signal, and nothing could be said or saved. Returns what is wrong in words, or null. Pages that lead to others are
 * all read; the leaves for `leavesMs`, or all where the end of the file looks torn. Only when nobody has it open.
 * Source of the format: mdb.c of the lmdb package, data version 2.
 */
export function damageOf(file: string, now: () => number, leavesMs = LEAVES_MS): string | null {
  const fd = openSync(file, 'r');
  try {
    const size = fstatSync(fd).size;
    const header = readAt(fd, 0, 2 * 4096);
    if (size === 0 || header === null) return `it is cut short (${size} bytes)`;
    const pageBytes = header.readUInt32LE(HEADER_BYTES + 24);
    if (!isMeta(header)) return 'it does not begin as a data file';
    if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) return `page size ${pageBytes}`;
    const second = readAt(fd, pageBytes, 512);
    if (second === null || !isMeta(second)) return 'its second header is damaged';
    const meta = second.readBigUInt64LE(152) > header.readBigUInt64LE(152) ? second : header;
    const read = (page: number) => readAt(fd, page * pageBytes, pageBytes);
    const last = Math.min(Number(meta.readBigUInt64LE(144)), Math.floor(size / pageBytes) - 1);
    const pages: Pages = { read, pageBytes, last };
    const until = tornEnd(read(last), size, pageBytes) ? Number.POSITIVE_INFINITY : now() + leavesMs;
    return walk(pages, [meta.subarray(48, 96), meta.subarray(96, 144)], () => now() > until);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, at: number, length: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(length);
  return readSync(fd, bytes, 0, length, at) === length ? bytes : null;
}

function isMeta(page: Buffer): boolean {
  const flags = page.readUInt16LE(18);
  const version = page.readUInt32LE(HEADER_BYTES + 4) & 0xffff;
  return (flags & FLAG.meta) !== 0 && page.readUInt32LE(HEADER_BYTES) === MAGIC && version === DATA_VERSION;
}

/** Zeros in the last page, or a part of a page, are what a power cut or a bad copy leaves. */
function tornEnd(end: Buffer | null, size: number, pageBytes: number): boolean {
  return size % pageBytes !== 0 || end === null || end.every((byte) => byte === 0);
}

/** Branch pages first: whatever leads to a page that is not there is found at once, however large the file. */
function walk(pages: Pages, trees: readonly Buffer[], enough: () => boolean): string | null {
  const branches: Place[] = [];
  const leaves: number[] = [];
  const addTree = (tree: Buffer) => {
    const root = tree.readBigUInt64LE(40);
    if (root !== NO_PAGE) branches.push({ page: Number(root), depth: tree.readUInt16LE(6) });
  };
  for (const tree of trees) addTree(tree);
  for (let done = 0; ; done += 1) {
    const missing = followBranches(pages, branches, leaves);
    if (missing !== null) return missing;
    const leaf = leaves[done];
    if (leaf === undefined || enough()) return null;
    const found = leafDamage(pages, leaf, addTree);
    if (found !== null) return found;
  }
}

function followBranches(pages: Pages, branches: Place[], leaves: number[]): string | null {
  for (let place = branches.pop(); place !== undefined; place = branches.pop()) {
    if (place.page > pages.last) return `page ${place.page} is missing`;
    if (place.depth <= 1) leaves.push(place.page);
    else {
      const page = goodPage(pages, place.page, FLAG.branch);
      if (typeof page === 'string') return page;
      for (const child of childrenOf(page)) branches.push({ page: child, depth: place.depth - 1 });
    }
  }
  return null;
}

/** The page if it is one of this kind with its parts inside, else what is wrong with it. */
function goodPage(pages: Pages, number: number, flag: number): Buffer | string {
  const page = pages.read(number);
  if (page === null) return `page ${number} is missing`;
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  const sound =
    Number(page.readBigUInt64LE(0)) === number &&
    (page.readUInt16LE(18) & 0x0f) === flag &&
    lower <= upper &&
    upper + HEADER_BYTES <= pages.pageBytes;
  if (!sound) return `page ${number} is damaged`;
  return nodesOf(page).every((node) => node >= upper + HEADER_BYTES && node + NODE_BYTES <= pages.pageBytes)
    ? page
    : `page ${number} is damaged`;
}

/** Where the parts of a page begin; places within a page count from the end of its header. */
const nodesOf = (page: Buffer): readonly number[] =>
  Array.from(
    { length: page.readUInt16LE(20) >> 1 },
    (_, index) => HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + 2 * index),
  );

const childrenOf = (page: Buffer): readonly number[] =>
  nodesOf(page).map((node) => page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 2 ** 32);

function leafDamage(pages: Pages, number: number, addTree: (tree: Buffer) => void): string | null {
  const page = goodPage(pages, number, FLAG.leaf);
  if (typeof page === 'string') return page;
  for (const node of nodesOf(page)) {
    const bytes = page.readUInt32LE(node);
    const flags = page.readUInt16LE(node + 4);
    const value = node + NODE_BYTES + page.readUInt16LE(node + 6);
    const inPage = (flags & NODE_FLAG.overflow) !== 0 ? 8 : bytes;
    if (value + inPage > pages.pageBytes) return `page ${number} is damaged`;
    if ((flags & NODE_FLAG.tree) !== 0 && inPage >= TREE_BYTES) addTree(page.subarray(value, value + TREE_BYTES));
    if ((flags & NODE_FLAG.overflow) === 0) continue;
    const found = overflowDamage(pages, Number(page.readBigUInt64LE(value)), bytes);
    if (found !== null) return found;
  }
  return null;
}

function overflowDamage(pages: Pages, number: number, bytes: number): string | null {
  const page = pages.read(number);
  if (page === null || (page.readUInt16LE(18) & FLAG.overflow) === 0) return `page ${number} is damaged`;
  const count = Math.ceil((HEADER_BYTES + bytes) / pages.pageBytes);
  return pages.read(number + count - 1) === null ? `page ${number + count - 1} is missing` : null;
}
