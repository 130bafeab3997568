declare module 'pino-roll' {
  import type { pino } from 'pino';

  /** The options that Lector uses; the package ships no types of its own. */
  type Options = {
    readonly file: string;
    readonly extension: string;
    readonly size: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean };
    readonly sync: boolean;
    readonly maxLength: number;
  };
  export default function roll(options: Options): Promise<ReturnType<typeof pino.destination>>;
}
