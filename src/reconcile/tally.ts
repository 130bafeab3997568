import type { DeliveryResult } from '../domain/store-port.ts';
import { counted, grouped } from './voice.ts';

/** What became of records, and the first words of each kind of trouble. */
export type Tally = {
  sent: number;
  /** The other end had them already. */
  present: number;
  refused: number;
  failed: number;
  /** Words of what was refused or failed, each once, the first few. */
  readonly reasons: string[];
};

const REASONS_MAX = 5;

export const createTally = (): Tally => ({ sent: 0, present: 0, refused: 0, failed: 0, reasons: [] });

export function addReason({ reasons }: Tally, reason: string): void {
  if (reasons.length < REASONS_MAX && !reasons.includes(reason)) reasons.push(reason);
}

export function addResults(tally: Tally, results: readonly DeliveryResult[]): void {
  for (const result of results) {
    switch (result.kind) {
      case 'delivered':
        tally.sent += 1;
        break;
      case 'refused':
        tally.refused += 1;
        addReason(tally, result.reason);
        break;
      case 'failed':
      case 'held':
        tally.failed += 1;
        addReason(tally, result.failure.message);
    }
  }
}

/** `1,200 records were sent, 34 were there already, 2 were refused, 1 could not be sent`, then why. */
export function tallyLines({ sent, present, refused, failed, reasons }: Tally, word = 'record'): readonly string[] {
  const parts = [
    `${counted(sent, word)} ${sent === 1 ? 'was' : 'were'} sent`,
    ...(present > 0 ? [`${grouped(present)} ${present === 1 ? 'was' : 'were'} there already`] : []),
    ...(refused > 0 ? [`${grouped(refused)} ${refused === 1 ? 'was' : 'were'} refused`] : []),
    ...(failed > 0 ? [`${grouped(failed)} could not be sent`] : []),
  ];
  return [parts.join(', '), ...reasons.map((reason) => `  ${reason}`)];
}

export const isWhole = ({ refused, failed }: Tally): boolean => refused === 0 && failed === 0;
