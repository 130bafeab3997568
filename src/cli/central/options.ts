/** Where the records of a centre are; what is left out is looked up. */
export type PlaceOptions = {
  readonly data?: string;
  readonly database?: string;
  readonly json?: boolean;
};

export type CentralServeOptions = PlaceOptions & {
  readonly host: string;
  readonly port: number;
  /** Addresses and nets. */
  readonly trust: readonly string[];
  readonly trustProxy: readonly string[];
  readonly publicName: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Of the webhooks of rules. */
  readonly secrets?: string;
  readonly log?: string;
};

export type NodeOptions = PlaceOptions & {
  readonly name?: string;
  readonly location?: string;
  readonly zone?: string;
  /** HOST:PORT, or `none`. */
  readonly lector?: string;
  readonly label?: string;
  readonly withRecords?: boolean;
};

export type AnalyzerOptions = PlaceOptions & {
  readonly name?: string;
  readonly location?: string;
  readonly model?: string;
  readonly withRecords?: boolean;
};

export type AllowOptions = PlaceOptions & { readonly node?: number };
export type AdminTokenOptions = PlaceOptions & { readonly revoke?: boolean; readonly label?: string };
export type IngestOptions = PlaceOptions & {
  /** URL of the broker. */
  readonly mqtt: string;
  readonly id?: string;
  readonly prefix?: string;
  readonly group?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly leave?: boolean;
  readonly log?: string;
};
