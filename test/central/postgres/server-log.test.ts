import { existsSync, lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLinks } from '../../../src/central/postgres/binaries.ts';
import { createServerLog, type ServerNews } from '../../../src/central/postgres/server-log.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { temporaryFolder } from './folders.ts';

function listening() {
  const log = createLogLines();
  const clock = createSteppedClock();
  const news: ServerNews[] = [];
  return { log, clock, news, lines: createServerLog({ clock, log, onNews: (each) => news.push(each) }) };
}

describe('the lines of PostgreSQL in our log', () => {
  it.each([
    ['LOG:  listening on IPv4 address', 'debug'],
    ['LOG:  database system was not properly shut down; automatic recovery in progress', 'info'],
    ['WARNING:  there is already a transaction in progress', 'warn'],
    ['ERROR:  duplicate key value violates unique constraint', 'debug'],
    ['FATAL:  password authentication failed for user "lector"', 'warn'],
    ['FATAL:  the database system is starting up', 'debug'],
    ['FATAL:  terminating connection due to administrator command', 'debug'],
    ['PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device', 'error'],
    ['DETAIL:  Key (node_id)=(4) already exists.', 'debug'],
  ] as const)('%s is %s', (line, level) => {
    const { log, lines } = listening();
    lines.take(`<12> ${line}\n`);
    expect(log.lines).toEqual([{ level, facts: {}, text: `PostgreSQL: ${line.slice(line.indexOf(':') + 3)}` }]);
  });

  it('comes in any pieces, and what is in it cannot steer a terminal', () => {
    const { log, news, lines } = listening();
    for (const each of '<1> LOG:  database system is ready to accept connections\n<2> WARNING:  \x1b[31mred\n') {
      lines.take(each);
    }
    expect(news).toEqual(['ready']);
    expect(log.matching(/red/)[0]?.text).toBe('PostgreSQL: \\x1b[31mred');
  });

  it('a storm is cut to so many a minute, and counted', async () => {
    const { log, clock, lines } = listening();
    const storm = () => lines.take('<1> FATAL:  sorry, too many clients already\n'.repeat(5_000));
    storm();
    expect(log.lines).toHaveLength(20);
    await clock.advance(60_000);
    lines.take('<1> WARNING:  quiet again\n');
    expect(log.lines.slice(20).map(({ text }) => text)).toEqual([
      'PostgreSQL said more than is shown here',
      'PostgreSQL: quiet again',
    ]);
    expect(log.lines[20]?.facts).toEqual({ lines: 4_980 });
  });

  it('the last problem is kept for who asks why it did not start, also one from before it logs', () => {
    const { lines } = listening();
    lines.take('<1> FATAL:  could not map anonymous shared memory: Cannot allocate memory\n<1> HINT:  less\n');
    expect(lines.lastProblem()).toBe('could not map anonymous shared memory: Cannot allocate memory');
    lines.begin();
    expect(lines.lastProblem()).toBe('');
    lines.take('postgres: error while loading shared libraries: libicuuc.so.60: cannot open\n');
    expect(lines.lastProblem()).toMatch(/libicuuc/);
  });
});

describe('the links of its libraries', () => {
  it('are made where npm did not run scripts, and left alone where they are', async () => {
    const folder = temporaryFolder();
    const lib = join(folder, 'native', 'lib');
    mkdirSync(lib, { recursive: true });
    writeFileSync(join(lib, 'libx.so.1.2'), 'x');
    const links = ['libx.so', 'libx.so.1'].map((name) => ({
      source: 'native/lib/libx.so.1.2',
      target: `native/lib/${name}`,
    }));
    writeFileSync(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
    await makeLinks(folder);
    await makeLinks(folder);
    expect(readlinkSync(join(lib, 'libx.so'))).toBe('libx.so.1.2');
    expect(existsSync(join(lib, 'libx.so.1')) && lstatSync(join(lib, 'libx.so.1')).isSymbolicLink()).toBe(true);
  });
});
