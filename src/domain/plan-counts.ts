import { assignDistinct, type Choice, type Option } from './distinct-counts.ts';
import type { Run } from './plan-runs.ts';
import type { RegisterMap, Span } from './register-map.ts';
import type { Group } from './wanted.ts';

/** One request of a meter's plans: what it must cover, and which plans want what of it. */
export type Request = Span & { readonly wants: readonly { readonly group: Group; readonly id: string }[] };

/** A request and the span it is asked with. `separated`: another has its count, the reserved read goes around it. */
export type Settled = { readonly request: Request; readonly span: Span; readonly separated: boolean };

/** Most registers that a request is made longer by. */
const GROW_MAX = 16;
/** A register over a hole that may be refused is worth so many others. */
const DOUBT = 100;
/** What a plan reads in each cycle counts so many times what is read now and then. */
const OFTEN = 10;
/** Most places at which parting a request is tried, those in its middle. */
const PARTINGS_MAX = 12;
/** No growing costs as much as a request without a count of its own. */
const NONE = 1e6;

const countOf = ({ start, end }: Span): number => end - start;

/** Runs of all plans as requests; what several plans ask in the same span is one request. */
export function requestsOf(runs: Readonly<Record<Group, readonly Run[]>>): readonly Request[] {
  const requests = new Map<string, Request>();
  for (const [group, own] of Object.entries(runs) as [Group, readonly Run[]][]) {
    for (const { ids, ...span } of own) {
      const wants = ids.map((id) => ({ group, id }));
      merge(requests, { ...span, wants });
    }
  }
  return [...requests.values()];
}

function merge(requests: Map<string, Request>, request: Request): void {
  const key = `${request.function}:${request.start}:${request.end}`;
  const before = requests.get(key)?.wants ?? [];
  requests.set(key, { ...request, wants: [...before, ...request.wants] });
}

/** Every span that holds the request and that the meter may be asked for: surely answered first, then by length. */
function spansFor(request: Request, map: RegisterMap): readonly Option[] {
  const found = Array.from({ length: GROW_MAX + 1 }, (_, more) => grown(request, more, map)).flat();
  return found
    .map(({ span, sure }) => ({ span, cost: countOf(span) - countOf(request) + (sure ? 0 : DOUBT) }))
    .sort((a, b) => a.cost - b.cost);
}

type Grown = { readonly span: Span; readonly sure: boolean };

/** The request made longer by exactly `more` registers, at its end rather than its beginning; none or one. */
function grown(request: Request, more: number, map: RegisterMap): readonly Grown[] {
  const { limits } = map.profile;
  const { function: fn, start, end } = request;
  const count = countOf(request) + more;
  if (count > limits.registersMax || count % limits.step !== 0) return [];
  if (map.reserved.function === fn && map.reserved.count === count) return [];
  const options = Array.from({ length: more + 1 }, (_, before): Span => {
    return { function: fn, start: start - before, end: end + more - before };
  }).filter((span) => more === 0 || isWhole(span, request, map));
  const isSure = (span: Span) => more === 0 || addedIsSure(span, request, map);
  const best = options.find(isSure) ?? options[0];
  return best === undefined ? [] : [{ span: best, sure: isSure(best) }];
}

function isWhole(span: Span, { start, end }: Span, map: RegisterMap): boolean {
  const { function: fn } = span;
  const edges = (span.start === start || map.edge(fn, span.start)) && (span.end === end || map.edge(fn, span.end));
  return edges && map.readable(span);
}

/** Whether all that was added is in the map, or in holes that may be read. */
function addedIsSure(span: Span, { start, end }: Span, map: RegisterMap): boolean {
  for (let at = span.start; at < span.end; at += 1) {
    if ((at < start || at >= end) && map.cell(span.function, at) !== 'sure') return false;
  }
  return true;
}

/** Addresses at which a request can be parted without cutting a register that it holds; the middle ones first. */
export function partingsOf(request: Request, map: RegisterMap): readonly number[] {
  const held = placedOf(request, map);
  const middle = (request.start + request.end) / 2;
  return [...new Set(held.map(({ start }) => start))]
    .filter((at) => at > request.start && held.every(({ start, end }) => at <= start || at >= end))
    .sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b);
}

function placedOf(request: Request, map: RegisterMap) {
  return request.wants.flatMap(({ id }) => map.placed.get(id) ?? []);
}

/** The request as two: the registers before `at`, and the others. */
function parted(request: Request, at: number, map: RegisterMap): readonly Request[] {
  const sides = [
    request.wants.filter(({ id }) => (map.placed.get(id)?.start ?? 0) < at),
    request.wants.filter(({ id }) => (map.placed.get(id)?.start ?? 0) >= at),
  ];
  return sides.map((wants) => around({ ...request, wants }, map));
}

/** The request for the registers that it is about, and nothing around them. */
function around(request: Request, map: RegisterMap): Request {
  const held = placedOf(request, map);
  const start = Math.min(...held.map((each) => each.start));
  const end = Math.max(...held.map((each) => each.end));
  return { ...request, start, end };
}

/** The request without the scale register that it would have been good to read along; null: it has no such. */
function tightened(request: Request, map: RegisterMap): readonly Request[] | null {
  const tight = around(request, map);
  return countOf(tight) < countOf(request) ? [tight] : null;
}

type Settlement = { readonly settled: readonly Settled[]; readonly unplannable: readonly Request[] };

/**
 * Counts that are pairwise different per function, and different from the reserved read: an answer that comes twice is
 * then never taken for the answer to the next request. In this order: a request grows over registers that the map has,
 * or over holes that may be tried; it is parted; or, where the meter leaves no other way, the reserved read is asked
 * before and after it, and once that is answered nothing older can come. `unplannable`: requests that can only be asked
 * as long as the reserved read, or are longer than the meter allows.
 */
export function settleCounts(requests: readonly Request[], map: RegisterMap): Settlement {
  const field: Field = { map, options: new Map() };
  const unplannable: Request[] = [];
  let open = requests;
  for (;;) {
    const stuck = open.find((request) => optionsOf(request, field).length === 0);
    if (stuck !== undefined) {
      const parts = tightened(stuck, map) ?? bestParting(stuck, open, field) ?? middleParting(stuck, map);
      if (parts === null) unplannable.push(stuck);
      open = mergeAll([...open.filter((each) => each !== stuck), ...(parts ?? [])]);
      continue;
    }
    const { spans, left } = assignDistinct(choicesOf(open, field));
    const next = partOneOf(left, open, field);
    if (next === null) return { settled: settledOf(spans, left, field), unplannable };
    open = next;
  }
}

/** The map, and what was worked out about the requests so far. */
type Field = { readonly map: RegisterMap; readonly options: Map<Request, readonly Option[]> };

function optionsOf(request: Request, { map, options }: Field): readonly Option[] {
  const known = options.get(request) ?? spansFor(request, map);
  options.set(request, known);
  return known;
}

/** The requests with the first of `left` parted that it helps to part; null: none. */
function partOneOf(left: readonly Request[], open: readonly Request[], field: Field): readonly Request[] | null {
  for (const request of left) {
    const parts = bestParting(request, open, field);
    if (parts !== null) return mergeAll([...open.filter((each) => each !== request), ...parts]);
  }
  return null;
}

/** What is read in each cycle is made longer least, and is the last to be left without a count. */
function choicesOf(requests: readonly Request[], field: Field): readonly Choice<Request>[] {
  return requests.map((request) => {
    const weight = request.wants.some(({ group }) => group === 'normal' || group === 'rapid') ? OFTEN : 1;
    const options = optionsOf(request, field).map(({ span, cost }) => ({ span, cost: cost * weight }));
    return { item: request, options, costOfNone: NONE * weight };
  });
}

function mergeAll(requests: readonly Request[]): readonly Request[] {
  const merged = new Map<string, Request>();
  for (const request of requests) merge(merged, request);
  return [...merged.values()];
}

type Parting = { readonly parts: readonly Request[]; readonly left: number; readonly words: number };

/** The parting after which fewest requests, and then fewest registers, are left without a count; null: none helps. */
function bestParting(request: Request, open: readonly Request[], field: Field): readonly Request[] | null {
  const partings = partingsOf(request, field.map).slice(0, PARTINGS_MAX);
  if (partings.length === 0) return null;
  const others = open.filter((each) => each !== request);
  const weigh = (parts: readonly Request[]): Parting => {
    const { spans, left } = assignDistinct(choicesOf(mergeAll([...others, ...parts]), field));
    return { parts, left: left.length, words: [...spans.values()].reduce((sum, span) => sum + countOf(span), 0) };
  };
  const { left } = weigh([request]);
  const [best] = partings
    .map((at) => weigh(parted(request, at, field.map)))
    .filter((each) => each.left < left)
    .sort((a, b) => a.left - b.left || a.words - b.words);
  return best?.parts ?? null;
}

function middleParting(request: Request, map: RegisterMap): readonly Request[] | null {
  const [at] = partingsOf(request, map);
  return at === undefined ? null : parted(request, at, map);
}

/** Requests that found no count of their own take their shortest. */
function settledOf(spans: ReadonlyMap<Request, Span>, alone: readonly Request[], field: Field): readonly Settled[] {
  const taken = alone.flatMap((request): [Request, Span][] => {
    const [shortest] = optionsOf(request, field);
    return shortest === undefined ? [] : [[request, shortest.span]];
  });
  const all = [...spans, ...taken];
  const isShared = (span: Span) =>
    all.some(([, other]) => {
      const sameCount = other.function === span.function && countOf(other) === countOf(span);
      return sameCount && other.start !== span.start;
    });
  return [
    ...[...spans].map(([request, span]) => ({ request, span, separated: false })),
    ...taken.map(([request, span]) => ({ request, span, separated: isShared(span) })),
  ];
}
