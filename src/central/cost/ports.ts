import type { EpochMs } from '../../domain/units.ts';
import type { Contract } from '../../tariff/contract.ts';
import type { LocalDate } from '../../tariff/period-table.ts';

/** A contract as somebody wrote it: its JSON, and the file of prices by the hour that goes with it. */
export type WrittenContract = { readonly json: string; readonly hourly: string | null };

/** `name`: what it is called here, such as `school`; `contract.name` is what people call it. */
export type ContractRow = {
  readonly name: string;
  readonly written: WrittenContract;
  readonly contract: Contract;
  readonly changedAt: EpochMs;
};

/** From a local date on, until the next of the same; `analyzer` null: of every analyzer of the node without its own. */
export type Assignment = {
  readonly node: number;
  readonly analyzer: number | null;
  readonly from: LocalDate;
  readonly contract: string;
};

/** Contracts, and what is charged by which. What cannot be rejects with CENTRE_REFUSED, in words. */
export interface Contracts {
  contracts(): Promise<readonly ContractRow[]>;
  contract(name: string): Promise<ContractRow | null>;
  /** Adds or replaces it. Prices are dated: add to them, and earlier bills stay as they are. */
  putContract(name: string, written: WrittenContract): Promise<ContractRow>;
  /** Only one that nothing is charged by. */
  removeContract(name: string): Promise<void>;
  /** By node, analyzer and date; `node` null: all. */
  assignments(node: number | null): Promise<readonly Assignment[]>;
  assign(assignment: Assignment): Promise<void>;
  /** `from` null: whatever its date. Resolves with how many there were. */
  unassign(node: number, analyzer: number | null, from: LocalDate | null): Promise<number>;
}
