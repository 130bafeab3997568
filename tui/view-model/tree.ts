import type { TreeNode } from '../../src/protocol/answers.ts';
import type { Glyphs } from '../formats/glyphs.ts';
import { timeText } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import { type Words, wordOf } from '../words/words.ts';
import { joined, sinceOf } from './condition.ts';
import { left, type Span, span } from './line.ts';
import { listBody } from './list-body.ts';
import { type Body, type Look, serverNow } from './view.ts';

type Branch = { readonly node: TreeNode; readonly trunk: string };

/** The tree as rows, each with what is drawn before it. */
function branches(node: TreeNode, trunk: string, below: string, glyphs: Glyphs): readonly Branch[] {
  const rows = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    const own = below + (isLast ? glyphs.lastBranch : glyphs.branch);
    return branches(child, own, below + (isLast ? '   ' : glyphs.trunk), glyphs);
  });
  return [{ node, trunk }, ...rows];
}

const NAME = 40;

/**
 * Who watches over whom, with restarts used of those allowed:
 *
 *     WHO                                      STATE        RESTARTS
 *   ▶ supervisor                               running      0 of 5
 *     ├─ line 1 /dev/ttyUSB0                   open         0 of 3
 *     └─ analyzer 3 Sports hall                held         3 of 3   crashed too often; next try 18:15:00
 */
export function treeBody(look: Look, height: number): Body {
  const { plant, words, glyphs, columns } = look;
  const rows = plant.tree === null ? [] : branches(plant.tree, '', '', glyphs);
  const name = Math.max(16, Math.min(NAME, Math.floor(columns / 2)));
  const state = (node: TreeNode): string => stateWord(node, words);
  const draw = ({ node, trunk }: Branch): readonly Span[] => {
    const used = node.restarts.used > 0 ? 'warn' : 'dim';
    const label = `${trunk}${words.kinds[node.kind]} ${plain(node.label)}`;
    return [
      span(`${left(label, name, glyphs.ellipsis)} `),
      span(`${left(state(node), 12, glyphs.ellipsis)} `, node.held ? 'bad' : node.state === 'failed' ? 'bad' : 'good'),
      span(left(words.restartsOf(node.restarts.used, node.restarts.max), 10, glyphs.ellipsis), used),
      span(heldWords(node, look), 'bad'),
    ];
  };
  const c = words.columns;
  return listBody(look, height, {
    screen: 'tree',
    heading: [span(`${left(c.name, name, '')} ${left(c.state, 12, '')} ${left(c.restarts, 10, '')}`, 'dim')],
    rows,
    keyOf: ({ node }) => node.name,
    draw,
    detailOf: ({ node }) => {
      const since = sinceOf(node.since, serverNow(look), words);
      return [`${plain(node.label)}: ${joined([`${state(node)} ${since}`.trim(), heldWords(node, look)])}`];
    },
    empty: words.connectingTo(look.server),
    cut: [],
  });
}

function stateWord({ kind, state }: TreeNode, words: Words): string {
  const tables = {
    root: words.nodeStates,
    device: words.deviceStates,
    analyzer: words.states,
    delivery: words.deliveryStates,
  };
  return wordOf(tables[kind], state) ?? plain(state);
}

function heldWords({ held }: TreeNode, { words, plant }: Look): string {
  if (held === null) return '';
  const next = held.nextTry === null ? '' : words.nextTry(timeText(held.nextTry, plant.node?.now ?? held.nextTry));
  return joined([words.heldNote, words.cause(plain(held.cause.message)), next]);
}
