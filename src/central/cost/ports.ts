import type { CostEvent } from '../../domain/cost-event.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { VirtualTerm } from '../../domain/virtual.ts';
import type { Contract } from '../../tariff/contract.ts';
import type { LocalDate } from '../../tariff/period-table.ts';
import type { Origin } from '../schema/tables.ts';

/** A contract as somebody wrote it: its JSON, and the file of prices by the hour that goes with it. */
export type WrittenContract = { readonly json: string; readonly hourly: string | null };

/** `name`: what it is called here, such as `school`; `contract.name` is what people call it. */
export type ContractRow = {
  readonly name: string;
  readonly written: WrittenContract;
  readonly contract: Contract;
  readonly changedAt: EpochMs;
};

/** One that this version cannot read; `unreadable`: why, in words. */
export type UnreadableContract = Pick<ContractRow, 'name' | 'changedAt'> & { readonly unreadable: string };

/**
 * From a local date on, until the next of the same. `analyzer`: or a sum of them; null: every one of the node without
 * its own.
 */
export type Assignment = {
  readonly node: number;
  readonly analyzer: number | null;
  readonly from: LocalDate;
  readonly contract: string;
};

/** Contracts, and what is charged by which. What cannot be rejects with CENTRE_REFUSED, in words. */
export interface Contracts {
  /** By name. */
  contracts(): Promise<readonly (ContractRow | UnreadableContract)[]>;
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

/** A sum of analyzers with an id and a name of its own, as its site tells it or as somebody made it here. */
export type VirtualRow = {
  readonly node: number;
  readonly id: number;
  readonly name: string;
  readonly location: string;
  /** `1 - 5`, as `parseVirtual` reads it. */
  readonly of: string;
  readonly terms: readonly VirtualTerm[];
  readonly origin: Origin;
};

/** What was entered by hand at the site, or here. Its id is unique among those of its node and origin. */
export type EventRow = { readonly node: number; readonly origin: Origin; readonly event: CostEvent };

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type NewEvent = WithoutId<CostEvent>;

/** Sums of analyzers, and what was entered by hand. What cannot be rejects with CENTRE_REFUSED, in words. */
export interface Meters {
  /** `node` null: of all. */
  virtuals(node: number | null): Promise<readonly VirtualRow[]>;
  virtual(node: number, id: number): Promise<VirtualRow | null>;
  /** Adds it, or takes the place of one that was made here. */
  putVirtual(virtual: Omit<VirtualRow, 'terms' | 'origin'>): Promise<VirtualRow>;
  /** Only one that was made here; what it was charged by goes with it. */
  removeVirtual(node: number, id: number): Promise<void>;
  /** By node and when they begin; `node` null: of all. `analyzers`: of these alone. */
  events(node: number | null, analyzers?: readonly number[]): Promise<readonly EventRow[]>;
  addEvent(node: number, event: NewEvent): Promise<EventRow>;
  /** Only one that was entered here. */
  removeEvent(node: number, id: number): Promise<EventRow>;
}
