import type { LectorRecord } from '../../domain/record.ts';

/** Addresses at a centre, from the target of config.xml, such as `https://centre.example/ws/v2`. */
export type CentreTarget = {
  /** `https://centre.example`. */
  readonly origin: string;
  /** The predecessor's call: `<target>/history/save/<node>/<analyzer>/`. */
  readonly save: (record: Pick<LectorRecord, 'nodeId' | 'analyzerId'>) => string;
};

/** Where ours takes that call, whatever the path of the target: its own calls need none. */
export const ourOldTarget = ({ origin }: CentreTarget): CentreTarget => centreTarget(`${origin}/ws/v2`);

/** The target was checked when the configuration was read. */
export function centreTarget(target: string): CentreTarget {
  const base = target.replace(/\/+$/, '');
  return {
    origin: URL.canParse(target) ? new URL(target).origin : base,
    save: ({ nodeId, analyzerId }) => `${base}/history/save/${nodeId}/${analyzerId}/`,
  };
}
