import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createControl } from '../../src/control/control.ts';
import { analyzerConfig, deviceConfig, simulated } from '../support/installation.ts';
import { runPlant, SECOND } from '../support/plant.ts';
import { matches, speak, type Transcript, transcriptsIn } from '../support/transcript.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/PROTOCOL.md', import.meta.url));
const transcripts = transcriptsIn(readFileSync(DOCUMENT, 'utf8'));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The plant of the document: two meters on one line, read for two minutes, and one that waits to be started. */
async function documented() {
  const folder = mkdtempSync(join(tmpdir(), 'lector-document-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const devices = [deviceConfig(), deviceConfig({ id: 2, endpoint: simulated('cvm', 9600) })];
  const analyzers = [
    analyzerConfig({ id: 1, name: 'Main switchboard', readingMs: 10 * SECOND }),
    analyzerConfig({ id: 3, model: 'CVMk', deviceId: 2, name: 'Sports hall', consultes: ['TPF', 'PAT'] }),
  ];
  const plant = await runPlant(devices, analyzers);
  ends.push(plant.stop);
  const settings = {
    ...{ host: '127.0.0.1', port: 0, socket: join(folder, 'lector.sock') },
    ...{ tokenFile: null, trust: [], allowInsecure: false },
  };
  const control = createControl({
    settings,
    tokens: [],
    operator: plant.app.operator,
    clock: plant.clock,
    log: plant.log,
  });
  await control.start();
  ends.push(() => plant.clock.settle(control.stop(), 2_000));
  await plant.clock.advance(125 * SECOND);
  return { ...plant, port: control.address().port ?? 0 };
}

/** What the server really says, beside each line of the transcript. */
async function replay({ dialect, steps }: Transcript) {
  const plant = await documented();
  const line = speak(plant.port, dialect === 'classic' ? 'classic' : 'json');
  ends.push(line.close);
  const seen: { readonly line: number; readonly document: string; readonly server: string }[] = [];
  let greeted = false;
  for (const step of steps) {
    if (step.kind === 'passes') await plant.clock.advance(step.ms);
    else if (step.kind === 'answered') {
      const server = await line.next(!greeted);
      greeted = true;
      seen.push({ line: step.line, document: step.text, server });
    } else if (greeted) line.send(step.text);
    else line.hello(step.text);
  }
  return seen;
}

describe('docs/PROTOCOL.md', () => {
  it('has transcripts of both dialects', () => {
    expect(new Set(transcripts.map(({ dialect }) => dialect))).toEqual(new Set(['classic', 'json']));
  });

  it.each(
    transcripts.map((each) => [each.steps[0]?.line ?? 0, each] as const),
  )('the transcript of line %i is what the server says', async (_, transcript) => {
    const seen = await replay(transcript);
    expect(seen.length).toBeGreaterThan(1);
    const wrong = seen.filter(({ document, server }) => !matches(document, server));
    expect(wrong).toEqual([]);
  });
});
