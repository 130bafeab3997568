#!/usr/bin/env node
// Plain JavaScript: it must start on a Node that is too old for Lector (18 and later), to say so in words.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endSoon, prepare, projectNode, ROOT, runForeground } from './bootstrap.js';
import { rangeText, satisfies } from './node-range.js';

const main = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

// a clone has the sources; an installed package has only what was built from them
if (existsSync(join(ROOT, 'src', 'cli', 'main.ts'))) prepare();

if (satisfies(process.versions.node, engines.node)) {
  const { runLector } = await import(pathToFileURL(main).href);
  process.exitCode = await runLector(process.argv.slice(2));
  endSoon();
} else if (projectNode(ROOT) !== process.execPath) {
  process.exitCode = await runForeground(projectNode(ROOT), [process.argv[1] ?? '', ...process.argv.slice(2)]);
} else {
  process.stderr.write(
    `lector: this is Node ${process.versions.node}, Lector needs ${rangeText(engines.node)}: see https://nodejs.org\n`,
  );
  process.exitCode = 1;
}
