import { beginOf, type CostEvent, EVENTS_MAX } from '../../domain/cost-event.ts';
import type { VariableView } from '../../protocol/answers.ts';
import { counterNamed } from '../../tariff/event-counter.ts';
import { analyzerMissing } from '../registry/analyzers.ts';
import { modelsByName, variablesOr } from '../registry/models.ts';
import { noNode } from '../registry/nodes.ts';
import { checkText, lineOf, refused } from '../registry/parts.ts';
import type { Database } from '../schema/database.ts';
import type { EventRow, Meters, NewEvent } from './ports.ts';
import { knownVariables } from './usage-records.ts';

type Events = Pick<Meters, 'events' | 'addEvent' | 'removeEvent'>;

export function createEvents({ db }: Pick<Database, 'db'>): Events {
  return {
    async events(node, analyzers) {
      const all = db.selectFrom('events').selectAll();
      const ofNode = node === null ? all : all.where('node_id', '=', node);
      const some = analyzers === undefined ? ofNode : ofNode.where('analyzer_id', 'in', [...analyzers]);
      const rows = await some.execute();
      const found = rows.map(({ node_id, origin, event }): EventRow => ({ node: node_id, origin, event }));
      return found.sort((a, b) => a.node - b.node || beginOf(a.event) - beginOf(b.event) || a.event.id - b.event.id);
    },
    async addEvent(node, asked) {
      const worded = { ...asked, text: lineOf(asked.text) };
      checkEvent(worded);
      const told = withCounter(worded, await variablesOf(node, worded.analyzerId));
      const event = await db.transaction().execute(async (one) => {
        // two at once: each has a number of its own; and nobody removes the analyzer meanwhile
        const site = one.updateTable('nodes').set((e) => ({ last_event: e('last_event', '+', 1) }));
        const numbered = await site.where('id', '=', node).returning('last_event').executeTakeFirst();
        if (numbered === undefined) throw noNode(node);
        const meant = one.selectFrom('analyzers').select('id').where('node_id', '=', node);
        const held = await meant.where('id', '=', told.analyzerId).forKeyShare().executeTakeFirst();
        if (held === undefined) throw refused(analyzerMissing(node, told.analyzerId));
        const own = one.selectFrom('events').where('node_id', '=', node).where('origin', '=', 'centre');
        const { count } = await own.select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
        if (count >= EVENTS_MAX) throw refused(`node ${node} has ${count} events, as many as are kept`);
        const made: CostEvent = { ...told, id: numbered.last_event };
        const columns = { node_id: node, analyzer_id: made.analyzerId, id: made.id, event: JSON.stringify(made) };
        await one
          .insertInto('events')
          .values({ ...columns, origin: 'centre' })
          .execute();
        return made;
      });
      return { node, origin: 'centre', event };
    },
    async removeEvent(node, id) {
      const those = () => db.deleteFrom('events').where('node_id', '=', node).where('id', '=', id);
      const gone = await those().where('origin', '=', 'centre').returning('event').executeTakeFirst();
      if (gone !== undefined) return { node, origin: 'centre', event: gone.event };
      const own = db.selectFrom('events').select('id').where('node_id', '=', node).where('id', '=', id);
      const isTheirs = (await own.executeTakeFirst()) !== undefined;
      const todo = isTheirs
        ? `was entered at the site: lector event remove ${id} there takes it back`
        : 'is not here: lector central event list shows them';
      throw refused(`event ${id} of node ${node} ${todo}`);
    },
  };

  /** What an analyzer measures. Rejects where events are of no such analyzer. */
  async function variablesOf(node: number, analyzer: number): Promise<readonly VariableView[]> {
    const site = await db.selectFrom('nodes').select('id').where('id', '=', node).executeTakeFirst();
    if (site === undefined) throw noNode(node);
    const those = db.selectFrom('analyzers').select(['model', 'variables']);
    const one = await those.where('node_id', '=', node).where('id', '=', analyzer).executeTakeFirst();
    if (one !== undefined) {
      const models = one.variables === null ? await db.selectFrom('models').selectAll().execute() : [];
      return variablesOr(one.variables, modelsByName(models)(one.model));
    }
    const sum = db.selectFrom('virtuals').select('terms').where('node_id', '=', node).where('id', '=', analyzer);
    const virtual = await sum.executeTakeFirst();
    if (virtual === undefined) throw refused(analyzerMissing(node, analyzer));
    throw refused(`${analyzer} is a virtual meter (${virtual.terms}): events are entered for the analyzers in it`);
  }
}

function checkEvent(event: NewEvent): void {
  if (event.kind === 'exchange') {
    checkText('the counter of an event', event.counter ?? undefined);
    if (Number.isFinite(event.old) && Number.isFinite(event.new)) return;
    throw refused('expected what the old and the new counter showed');
  }
  if (event.kind === 'maintenance' && event.from >= event.to) throw refused('expected its end after its beginning');
  if (event.kind === 'note' && event.text === '') throw refused('expected the text of a note, saw none');
}

/** With the code of its counter as the analyzer has it. */
function withCounter(event: NewEvent, variables: readonly VariableView[]): NewEvent {
  if (event.kind !== 'exchange' || event.counter === null) return event;
  const named = counterNamed(knownVariables({ variables }), event.counter);
  if ('code' in named) return { ...event, counter: named.code };
  throw refused(`the counter that was exchanged: ${named.wrong}`);
}
