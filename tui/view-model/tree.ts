import type { TreeNode } from '../../src/protocol/answers.ts';
import type { Glyphs } from '../formats/glyphs.ts';
import { plain } from '../formats/width.ts';
import { type Words, wordOf } from '../words/words.ts';
import { joined, nextTryWords, sinceOf } from './condition.ts';
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
 *   ▶ supervisor IES Sa Garriga                running      -
 *     └─ line 2 /dev/ttyUSB1 9600 7E1          open         0 of 3
 *        └─ 3 Sports hall (CVMk)               held         3 of 3    crashed too often; next try 18:15:00
 */
export function treeBody(look: Look, height: number): Body {
  const { plant, words, glyphs, columns } = look;
  const rows = plant.tree === null ? [] : branches(plant.tree, '', '', glyphs);
  const name = Math.max(16, Math.min(NAME, Math.floor(columns / 2)));
  const state = (node: TreeNode): string => stateWord(node, words);
  const draw = ({ node, trunk }: Branch): readonly Span[] => {
    const used = node.restarts.used > 0 ? 'warn' : 'dim';
    const label = `${trunk}${labelOf(node, look)}`;
    return [
      span(`${left(label, name, glyphs.ellipsis)} `),
      span(`${left(state(node), 12, glyphs.ellipsis)} `, node.held ? 'bad' : node.state === 'failed' ? 'bad' : 'good'),
      span(
        left(
          node.restarts.max === 0
            ? String(node.restarts.used)
            : words.restartsOf(node.restarts.used, node.restarts.max),
          10,
          glyphs.ellipsis,
        ),
        used,
      ),
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
      return [`${labelOf(node, look)}: ${joined([`${state(node)} ${since}`.trim(), heldWords(node, look)])}`];
    },
    empty: plant.link.kind === 'connecting' ? words.connectingTo(look.server) : words.asking,
    cut: [],
  });
}

/** As the other screens call it; what they do not know goes by the server's words. */
function labelOf({ name, kind, label }: TreeNode, { plant, words }: Look): string {
  const id = name.slice(name.indexOf(':') + 1);
  const analyzer = kind === 'analyzer' ? plant.analyzers.get(Number(id)) : undefined;
  if (analyzer) return plain(`${analyzer.id} ${analyzer.name} (${analyzer.model})`);
  const device = kind === 'device' ? plant.devices.get(Number(id)) : undefined;
  if (device) return plain(`${words.line(device.id)} ${device.description}`);
  const delivery = kind === 'delivery' ? plant.deliveries.get(id) : undefined;
  if (delivery) return plain(`${delivery.type} ${delivery.target}`);
  return kind === 'root' ? `${words.kinds.root} ${plain(label)}` : plain(label);
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

function heldWords({ held }: TreeNode, look: Look): string {
  const { words } = look;
  if (held === null) return '';
  const next = nextTryWords(held.nextTry, serverNow(look), words);
  return joined([words.heldNote, words.cause(plain(held.cause.message)), next]);
}
