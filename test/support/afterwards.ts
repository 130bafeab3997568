type End = () => unknown;

const ofTest: End[] = [];
const ofFile: End[] = [];

/** Done when the running test ends, however it ends: the last that was asked for first. */
export const afterTest = (end: End): void => void ofTest.push(end);

/** Done when all tests of the running file have ended. */
export const afterFile = (end: End): void => void ofFile.push(end);

/** Called by ends.ts. */
export const endTest = (): Promise<void> => endAll(ofTest);
/** Called by ends.ts. */
export const endFile = (): Promise<void> => endAll(ofTest).finally(() => endAll(ofFile));

/** One that fails leaves the others to be ended all the same. */
async function endAll(ends: End[]): Promise<void> {
  const failures: unknown[] = [];
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    await (async () => end())().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
