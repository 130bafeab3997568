import { type ClientOptions, createClient, type LectorClient } from '../../client/index.ts';
import type { CommandName } from '../../protocol/commands.ts';
import { answerText } from '../answer-text.ts';
import { type Call, serverNow } from '../ctl/call.ts';
import { everybody, nobodyWords } from '../ctl/everybody.ts';
import { DONE, failing, NO_SERVER, REFUSED } from '../ctl/failure.ts';
import type { Host } from '../ctl/host.ts';
import { jsonText } from '../ctl/json-text.ts';
import { CANCELLED, orCancelled } from './cancelling.ts';
import { createPlant, type Plant } from './plant.ts';
import type { Console, Order, Session } from './session.ts';

export type JsonSessionOptions = {
  readonly client: ClientOptions;
  /** Where the server is, as a person calls it. */
  readonly place: string;
  readonly json: boolean;
  readonly console: Console;
};

/** What the parts of a session share. */
type Talk = JsonSessionOptions & { readonly plant: Plant; readonly asked: LectorClient; readonly cancel: AbortSignal };

/**
 * A session in the JSON dialect. With a person there it follows the server's states: for the name in the prompt, for
 * what Tab knows, and to say when the server goes away and comes back.
 */
export function createJsonSession(o: JsonSessionOptions): Session {
  const { console } = o;
  const plant = createPlant(o.place, console);
  let { client: settings, json } = o;
  let client = createClient(settings);
  const fail = (error: unknown): number => {
    const known = failing(error);
    if (known === null) throw error;
    console.complain(known.text);
    return known.code === NO_SERVER ? NO_SERVER : REFUSED;
  };
  const greet = async (): Promise<number> => {
    if (console.isInteractive) await plant.follow(client);
    else plant.learn(await client.list());
    return DONE;
  };
  const authenticate = async (token: string): Promise<number> => {
    const other = createClient({ ...settings, token });
    await other.version().catch((error: unknown) => {
      other.close();
      throw error;
    });
    settings = { ...settings, token };
    client.close();
    client = other;
    console.out('The token is right.\n');
    return greet();
  };
  const obey = (order: Order, cancel: AbortSignal): Promise<number> => {
    const talk = { ...o, client: settings, json, plant, asked: client, cancel };
    switch (order.kind) {
      case 'requests':
        return request(talk, order.command, order.arguments, fail);
      case 'everybody':
        return doToAll(talk, order, fail);
      case 'auth':
        return authenticate(order.token);
      case 'readnow':
        return readOnce(talk, order.targets);
      case 'watch':
        return watchOn(talk, order.targets);
    }
  };
  return {
    get name() {
      return plant.name;
    },
    get names() {
      return plant.names;
    },
    setJson(on) {
      json = on ?? !json;
    },
    open: () => greet().catch(fail),
    run: (order, cancel) => obey(order, cancel).catch(fail),
    close() {
      plant.stop();
      client.close();
    },
  };
}

/** Asks for each argument at once and prints the answers in their order. */
async function request(
  talk: Talk,
  command: CommandName,
  all: readonly string[],
  fail: (error: unknown) => number,
): Promise<number> {
  const { console, place, plant, asked, cancel } = talk;
  if (command === 'SHUTDOWN' && !(await console.confirm(`End the server at ${place}?`, cancel))) return DONE;
  const answers = await Promise.allSettled(all.map((each) => orCancelled(ask(talk, command, each), cancel)));
  let code = DONE;
  for (const answer of answers) {
    if (answer.status === 'rejected') code = Math.max(code, fail(answer.reason));
    else if (answer.value !== CANCELLED) print(talk, command, answer.value);
  }
  if (answers.some(({ status }) => status === 'fulfilled') && command !== 'SHUTDOWN') {
    await orCancelled(plant.heard(asked), cancel);
  }
  return code;
}

/** Values come with what they are, unless a program wants only what the server says. */
async function ask({ asked, json }: Talk, command: CommandName, argument: string): Promise<unknown> {
  if (command === 'IDENT') return asked.identify(argument);
  if (command !== 'GETVARS' || json) return asked.ask(command, argument);
  const [vars, defs] = await Promise.all([asked.vars(argument), asked.defs(argument)]);
  return { ...vars, defs };
}

function print({ console, json, plant, asked }: Talk, command: string, data: unknown): void {
  // who follows the server hears it from there
  if (command === 'SHUTDOWN' && plant.isFollowed && !json) return;
  const now = serverNow({ client: asked, host: plant });
  if (json) console.out(jsonText(data, console.isInteractive ? 2 : 0));
  else console.out(answerText(command, data, { ...console.screen(), now }));
}

/** A reading at once, waited for and shown; on a connection that does not wait for a server to come back. */
async function readOnce(talk: Talk, targets: readonly string[]): Promise<number> {
  const { readNow } = await import('../ctl/read-now.ts');
  const once = createClient({ ...talk.client, reconnect: false });
  try {
    const code = await orCancelled(readNow(callOf(talk, once, targets)), talk.cancel);
    return code === CANCELLED ? DONE : code;
  } finally {
    once.close();
  }
}

type Everybody = Order & { readonly kind: 'everybody' };

async function doToAll(talk: Talk, { deed, seconds }: Everybody, fail: (error: unknown) => number): Promise<number> {
  const { asked, console, json, cancel } = talk;
  const ids = await orCancelled(everybody({ client: asked }, deed), cancel);
  if (ids === CANCELLED) return DONE;
  if (ids.length === 0 && !json) console.out(`${nobodyWords(deed)}\n`);
  const all = ids.map((id) => (seconds === null ? id : `${id}:${seconds}`));
  return request(talk, COMMANDS_OF[deed], all, fail);
}

const COMMANDS_OF = { pause: 'PAUSE', resume: 'RESUME', stop: 'STOP' } as const;

async function watchOn(talk: Talk, targets: readonly string[]): Promise<number> {
  const { watch } = await import('../ctl/watch.ts');
  return watch(callOf(talk, talk.asked, targets));
}

/** What the commands of `lector ctl` work with, when the shell runs them. */
function callOf({ console, json, plant, cancel }: Talk, client: LectorClient, words: readonly string[]): Call {
  const host: Host = {
    screen: console.screen(),
    env: {},
    cwd: '',
    now: () => plant.now(),
    out: (text) => console.out(text),
    err: (text) => console.complain(text.replace(/^lector: /, '').trimEnd()),
    connect: async (options) => createClient(options),
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      const forget = () => clearTimeout(timer);
      // what nobody waits for any more keeps no process alive
      cancel.addEventListener('abort', forget, { once: true });
      return forget;
    },
    ended: () => cancel,
  };
  return { client, host, options: { json }, words };
}
