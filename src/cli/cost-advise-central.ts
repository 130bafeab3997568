import { ADVISED } from '../central/cost/schemas.ts';
import { adviceText } from './cost-advise.ts';
import { titleOf } from './cost-central-text.ts';
import { analyzerOf, type CentreOptions, contractWord, type OfHere, refuseOfHere, withCentre } from './cost-centre.ts';

export type CostAdviseCentralOptions = CentreOptions &
  OfHere & {
    /** `4-1`, node and analyzer; the name of one. */
    readonly analyzer?: string;
    /** A file, or the name of a contract of the centre; what it is charged by there unless told. */
    readonly tariff?: string;
    readonly from?: string;
    readonly to?: string;
    readonly json?: boolean;
  };

/** `lector cost advise --central URL`: of an analyzer of a centre. The centre computes it: its API gives the same. */
export async function costAdviseCentral(options: CostAdviseCentralOptions): Promise<number> {
  refuseOfHere(options);
  const { from, to, tariff } = options;
  return withCentre(options, async (centre) => {
    const { node, id } = await analyzerOf(options.analyzer, centre);
    const body = {
      ...{ node, analyzer: id },
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(tariff !== undefined && { contract: contractWord(tariff) }),
    };
    const answer = ADVISED.parse(await centre.ask('POST', '/api/v1/advice', body));
    process.stdout.write(
      options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : adviceText(titleOf(answer), answer, answer),
    );
    return 0;
  });
}
