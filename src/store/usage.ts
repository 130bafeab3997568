export type Usage = {
  readonly readingsBytes: number;
  readonly recordsBytes: number;
  readonly recordsCount: number;
  /** Room in the data file that new data takes before the file grows. */
  readonly reusableBytes: number;
};

type Stats = {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
};

/** End of what lmdb uses of its file, which may be longer. */
export function usedBytes(root: Counted): number {
  const { lastPageNumber, pageSize } = root.getStats() as { lastPageNumber: number; pageSize: number };
  return (lastPageNumber + 1) * pageSize;
}

type Counted = { getStats(): unknown };

/** What the data file holds, by the counts that lmdb keeps. */
export function usageOf(root: Counted, tables: { readonly readings: Counted; readonly records: Counted }): Usage {
  const bytes = (stats: Stats) =>
    stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);
  const all = root.getStats() as Stats & { readonly free: Stats; readonly lastPageNumber: number };
  const readingsBytes = bytes(tables.readings.getStats() as Stats);
  const records = tables.records.getStats() as Stats;
  const recordsBytes = bytes(records);
  const fileBytes = (all.lastPageNumber + 1) * all.pageSize;
  const used = readingsBytes + recordsBytes + bytes(all) + bytes(all.free) + 2 * all.pageSize;
  return {
    readingsBytes,
    recordsBytes,
    recordsCount: records.entryCount,
    reusableBytes: Math.max(0, fileBytes - used),
  };
}
