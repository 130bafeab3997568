import { analyzerView } from '../../central/api/schemas.ts';
import type { AnalyzerChange } from '../../central/ports.ts';
import type { AnalyzerOptions, PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { printDone, printRows, timeText } from './print.ts';
import { analyzerWord, nodeWord, someOf } from './words.ts';

type Words = readonly string[];

/** `lector central analyzer list [node]` */
export function listAnalyzers(options: PlaceOptions, [id]: Words): Promise<number> {
  const node = id === undefined ? null : nodeWord(id);
  return withCentre(options, async ({ registry }) => {
    const analyzers = await registry.analyzers(node);
    printRows(options, {
      documents: analyzers.map(analyzerView),
      rows: analyzers.map((each) => ({
        node: each.node,
        analyzer: each.id,
        name: each.name,
        location: each.location,
        vendor: each.vendor,
        model: each.model,
        every: each.recordingMs === null ? null : `${each.recordingMs / 1000} s`,
        variables: each.variables.length,
        'last record': timeText(each.lastEnd),
      })),
      nothing: 'no analyzer yet; a lector that delivers makes its own',
    });
    return 0;
  });
}

/** `lector central analyzer add 4 1 --model PM710` */
export function addAnalyzer(options: AnalyzerOptions, [nodeId, id]: Words): Promise<number> {
  const [node, analyzer] = [nodeWord(nodeId), analyzerWord(id)];
  return withCentre(options, async ({ registry }) => {
    const row = await registry.addAnalyzer(node, analyzer, changeOf(options));
    printDone(options, `analyzer ${analyzer} of node ${node} is there`, analyzerView(row));
    return 0;
  });
}

/** `lector central analyzer change 4 1 --name Main` */
export function changeAnalyzer(options: AnalyzerOptions, [nodeId, id]: Words): Promise<number> {
  const [node, analyzer] = [nodeWord(nodeId), analyzerWord(id)];
  const change = someOf(changeOf(options), '--name, --location or --model');
  return withCentre(options, async ({ registry }) => {
    const row = await registry.changeAnalyzer(node, analyzer, change);
    printDone(options, `analyzer ${analyzer} of node ${node} is changed`, analyzerView(row));
    return 0;
  });
}

const changeOf = ({ name, location, model }: AnalyzerOptions): AnalyzerChange => ({
  ...(name === undefined ? {} : { name }),
  ...(location === undefined ? {} : { location }),
  ...(model === undefined ? {} : { model }),
});

/** `lector central analyzer remove 4 1` */
export function removeAnalyzer(options: AnalyzerOptions, [nodeId, id]: Words): Promise<number> {
  const [node, analyzer] = [nodeWord(nodeId), analyzerWord(id)];
  return withCentre(options, async ({ registry }) => {
    await registry.removeAnalyzer(node, analyzer, options.withRecords === true);
    const records = options.withRecords === true ? ' with its records' : '';
    printDone(options, `analyzer ${analyzer} of node ${node} is removed${records}`, { node, analyzer, removed: true });
    return 0;
  });
}
