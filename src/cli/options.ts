/** Where the configuration is; what is left out is looked up (environment, working folder, /etc/lector). */
export type ConfigOptions = { readonly config?: string; readonly ini?: string };

/** How the full-screen terminal looks. */
export type ScreenOptions = {
  /** Commands nothing. */
  readonly readOnly?: boolean;
  /** "en", "ca" or "es". */
  readonly lang?: string;
  readonly ascii?: boolean;
  readonly theme?: 'dark' | 'light' | 'none';
};

export type ServeOptions = ConfigOptions &
  ScreenOptions & {
    /** The server in the background, and the screen over it, where there is a terminal. */
    readonly top?: boolean;
  };

export type CheckOptions = ConfigOptions & { readonly json?: boolean };

export type SimulateOptions = ConfigOptions & {
  readonly pty?: boolean;
  /** Name of the link to the pty. */
  readonly link?: string;
  /** TCP port to listen on; 0 for any. */
  readonly tcp?: number;
  readonly host?: string;
  /** MODEL[@ADDRESS], several. */
  readonly model: readonly string[];
  readonly baud?: number;
  readonly seed?: number;
  /** As in config.xml, several. */
  readonly fault: readonly string[];
  /** Days of records to write into the store, such as `400d`. */
  readonly history?: string;
};

/** `lector read`: one of `port` and `host`; `raw` or a model. */
export type ReadOptions = {
  readonly port?: string;
  readonly baud?: number;
  readonly parity?: 'N' | 'E' | 'O';
  readonly bits?: 7 | 8;
  readonly stop?: 1 | 2;
  readonly host?: string;
  readonly tcpPort: number;
  readonly rtuTcp?: boolean;
  readonly model?: string;
  readonly address: number;
  readonly raw?: string;
  readonly function: 3 | 4;
  /** Seconds until the first byte of an answer. */
  readonly timeout: number;
  /** Folder with profiles of the user's own. */
  readonly profiles?: string;
  readonly json?: boolean;
};

/** `lector records`: ends after `from` and up to `to`, local dates or times. */
export type RecordsOptions = ConfigOptions & {
  /** Ids or names, several; all unless given. */
  readonly analyzer?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly decimalComma?: boolean;
  readonly full?: boolean;
};

export type RestoreOptions = ConfigOptions & { readonly replace?: boolean };

/** `lector cost`: local dates, `to` exclusive; the month that runs unless told. */
export type CostOptions = ConfigOptions & {
  readonly analyzer?: string;
  /** File of a contract, or its name in `tariffs/` beside config.xml. */
  readonly tariff?: string;
  readonly from?: string;
  readonly to?: string;
  /** Another contract, to compare with. */
  readonly whatIf?: string;
  /** "day", "week", "month" or "period". */
  readonly by?: string;
  /** A line, such as `P3`, `excess` or `bono social`, or one of a day, `P3@2026-01-15`. */
  readonly open?: string;
  /** Guesses energy of time without data. */
  readonly estimate?: boolean;
  /** Folder of daily files, in the place of the store. */
  readonly dades?: string;
  /** Of the meter that those are of, where neither config.xml nor the folder says it. */
  readonly model?: string;
  /** An amount, or a file of an invoice. */
  readonly invoice?: string;
  /** false: the same dates a year before are not looked up. */
  readonly lastYear?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
};

export type CostPeriodOptions = {
  readonly tariff: string;
  readonly territory: string;
  readonly power?: boolean;
  readonly json?: boolean;
};
