import { describe, expect, it } from 'vitest';
import { filesIn } from './tree.ts';

/** Time, chance and output come in through ports: what decides must be the same in a test and in ten years. */
const FORBIDDEN: readonly RegExp[] = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  // but the Clock port declares one, with its parameter `fn`
  /(?<![.\w])set(Timeout|Interval|Immediate)\b(?!\(fn:)/,
  /\bMath\.random\b/,
  /\bconsole\b/,
  /\bprocess\b/,
];

/** Lines of code (comments left out) that use what only ports may bring. */
function offences(path: string, text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).split('\n');
  return code.flatMap((line, n) => {
    const bare = line.replace(/\/\/.*$/, '').replace(/'[^']*'/g, "''");
    return FORBIDDEN.some((pattern) => pattern.test(bare)) ? [`${path}:${n + 1}: ${line.trim()}`] : [];
  });
}

describe('what machines and domain never use', () => {
  it('no clock, no timer, no chance and no console of their own', () => {
    expect(filesIn(['machines', 'src/domain']).flatMap(({ path, text }) => offences(path, text))).toEqual([]);
  });

  it.each([
    'const at = Date.now();',
    'const at = new Date();',
    'setTimeout(() => done(), 5);',
    'return Math.random();',
    'console.log(value);',
  ])('%s is caught', (line) => {
    expect(offences('machines/x.ts', `/* fine: Date.now */\n${line}`)).toEqual([`machines/x.ts:2: ${line}`]);
  });

  it.each(['clock.setTimeout(fn, 5);', '// Date.now is not used', "throw error('console');"])('%s is fine', (line) => {
    expect(offences('machines/x.ts', line)).toEqual([]);
  });
});
