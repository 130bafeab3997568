import { type ClientOptions, createClient, type LectorClient, type ListView } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import type { CommandName } from '../../protocol/commands.ts';
import { answerText, safeJson } from '../answer-text.ts';
import type { Call } from '../ctl/call.ts';
import { DONE, failing, NO_SERVER, REFUSED } from '../ctl/failure.ts';
import type { Host } from '../ctl/host.ts';
import { type Names, NO_NAMES, namesOf } from './completion.ts';
import { type Console, type Order, type Session, slugOf } from './session.ts';

export type JsonSessionOptions = {
  readonly client: ClientOptions;
  /** Where the server is, as a person calls it. */
  readonly place: string;
  readonly json: boolean;
  readonly console: Console;
};

/** Commands that may take longer than an answer: what the client has a method with a limit of its own for. */
const ASK: Partial<Readonly<Record<CommandName, (client: LectorClient, argument: string) => Promise<unknown>>>> = {
  IDENT: (client, argument) => client.identify(argument),
};

/**
 * A session in the JSON dialect. With a person there it follows the server's states: for the name in the prompt, for
 * what Tab knows, and to say when the server goes away and comes back.
 */
export function createJsonSession({ client: options, place, json, console }: JsonSessionOptions): Session {
  let settings = options;
  let client = createClient(settings);
  let names: Names = NO_NAMES;
  let name = slugOf(place) || place;
  let isJson = json;
  /** The server's clock minus ours, ms. */
  let ahead = 0;
  let ending = new AbortController();

  const learn = (list: ListView) => {
    names = namesOf(list);
    name = slugOf(list.node.name) || name;
    ahead = Date.parse(list.node.now) - Date.now();
  };
  const follow = async (signal: AbortSignal, onFirst: () => void) => {
    let isLost = false;
    for await (const event of client.subscribe(['states'], { signal })) {
      if (event.event === 'snapshot' && event.data.list !== null) learn(event.data.list);
      if (event.event === 'snapshot' && isLost) console.notice('connected again');
      if (event.event === 'installation') learn(event.data);
      if (event.event === 'disconnected' && !isLost) console.notice(`${safe(event.data.message)}; it is tried again`);
      if (event.event === 'shutdown') console.notice(safe(event.data.words));
      if (event.event === 'snapshot') isLost = false;
      if (event.event === 'disconnected') isLost = true;
      onFirst();
    }
  };
  const fail = (error: unknown): number => {
    const known = failing(error);
    if (known === null) throw error;
    console.complain(known.text);
    return known.code === NO_SERVER ? NO_SERVER : REFUSED;
  };
  const followed = (): Promise<void> =>
    new Promise((resolve) => {
      follow(ending.signal, resolve).then(resolve, (error: unknown) => {
        console.notice(failing(error)?.text ?? String(error));
        resolve();
      });
    });
  const print = (command: string, data: unknown) => {
    const { tty, columns, color } = console.screen();
    if (isJson) console.out(`${safeJson(JSON.stringify(data, null, console.isInteractive ? 2 : undefined))}\n`);
    else console.out(answerText(command, data, { tty, columns, color, now: Date.now() + ahead }));
  };
  const ask = async (command: CommandName, argument: string): Promise<unknown> => {
    if (command === 'GETVARS' && !isJson) {
      const [vars, defs] = await Promise.all([client.vars(argument), client.defs(argument)]);
      return { ...vars, defs };
    }
    return (ASK[command] ?? ((asked, text) => asked.ask(command, text)))(client, argument);
  };
  const requests = async (command: CommandName, all: readonly string[], cancel: AbortSignal): Promise<number> => {
    if (command === 'SHUTDOWN' && !(await console.confirm(`End the server at ${place}?`))) return DONE;
    const answers = all.map((argument) => orCancelled(ask(command, argument), cancel));
    let code = DONE;
    for (const answer of await Promise.allSettled(answers)) {
      if (answer.status === 'rejected') code = Math.max(code, fail(answer.reason));
      else if (answer.value !== CANCELLED) print(command, answer.value);
    }
    return code;
  };
  const authenticate = async (token: string): Promise<number> => {
    const other = createClient({ ...settings, token });
    try {
      await other.version();
    } catch (error) {
      other.close();
      return fail(error);
    }
    settings = { ...settings, token };
    ending.abort();
    client.close();
    client = other;
    ending = new AbortController();
    if (console.isInteractive) await followed();
    console.out('The token is right.\n');
    return DONE;
  };
  const call = (words: readonly string[], cancel: AbortSignal): Call => ({
    client,
    host: hostOf(console, cancel, () => Date.now() + ahead),
    options: { json: isJson },
    words,
  });

  return {
    get name() {
      return name;
    },
    get names() {
      return names;
    },
    setJson(on) {
      isJson = on ?? !isJson;
    },
    async open() {
      try {
        if (console.isInteractive) await followed();
        else learn(await client.list());
        return DONE;
      } catch (error) {
        return fail(error);
      }
    },
    async run(order: Order, cancel) {
      try {
        switch (order.kind) {
          case 'requests':
            return await requests(order.command, order.arguments, cancel);
          case 'auth':
            return await authenticate(order.token);
          case 'readnow': {
            const { readNow } = await import('../ctl/read-now.ts');
            const code = await orCancelled(readNow(call(order.targets, cancel)), cancel);
            return code === CANCELLED ? DONE : code;
          }
          case 'watch': {
            const { watch } = await import('../ctl/watch.ts');
            return await watch(call(order.targets, cancel));
          }
        }
      } catch (error) {
        return fail(error);
      }
    },
    close() {
      ending.abort();
      client.close();
    },
  };
}

const CANCELLED = Symbol('nobody waits any more');

/** The outcome, or CANCELLED when nobody waits for it any more. */
function orCancelled<T>(work: Promise<T>, cancel: AbortSignal): Promise<T | typeof CANCELLED> {
  const cancelled = new Promise<typeof CANCELLED>((resolve) => {
    cancel.addEventListener('abort', () => resolve(CANCELLED), { once: true });
  });
  return Promise.race([work, cancelled]);
}

/** What the commands of `lector ctl` print to, when the shell runs them. */
function hostOf(console: Console, cancel: AbortSignal, now: () => number): Host {
  return {
    screen: console.screen(),
    env: {},
    cwd: '',
    now,
    out: (text) => console.out(text),
    err: (text) => console.complain(text.replace(/^lector: /, '').trimEnd()),
    connect: async (options) => createClient(options),
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    ended: () => cancel,
  };
}
