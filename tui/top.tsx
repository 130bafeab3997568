import type { LectorClient } from '../src/client/types.ts';
import { toFailure } from '../src/domain/errors.ts';
import type { Clock } from '../src/domain/ports.ts';
import { glyphsOf } from './formats/glyphs.ts';
import { paletteOf, type Theme } from './formats/paint.ts';
import { whoOf } from './keys/acts.ts';
import { type Effect, telling } from './keys/effects.ts';
import type { Controls, Mounted } from './mount.tsx';
import { carriedOut } from './state/commands.ts';
import { createCourier } from './state/courier.ts';
import { createScreenStore, type ScreenStore } from './state/screen-store.ts';
import type { Command } from './state/ui.ts';
import { stoppedUntilContinued } from './suspend.ts';
import { copySequence, isAscii, themeOf } from './terminal.ts';
import { LANGUAGES, languageOf } from './words/words.ts';

export type TopOptions = {
  /** Makes the client; it is closed at the end. */
  readonly connect: () => LectorClient;
  /** Where the server is, in words: "127.0.0.1:50007". */
  readonly server: string;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
  /** "en", "ca", "es"; else what the locale says. */
  readonly lang?: string;
  readonly ascii?: boolean;
  readonly theme?: Theme;
  readonly readOnly?: boolean;
  /** The server was started for this screen: leaving asks what becomes of it, and `stop` ends it. */
  readonly owned?: { stop(): Promise<void> };
  /** Process number of a server that ran already: said when the screen opens. */
  readonly joined?: number;
};

/** What the screen was left with. */
type Left = { readonly stop: boolean };

/**
 * The full-screen terminal over a running server, until a person leaves it. Resolves with the exit code: 0 left, 1 it
 * failed (said on stderr, with the terminal as it was before), 2 there is no terminal. Never stops a server that is not
 * `owned`.
 */
export async function runTop(o: TopOptions): Promise<number> {
  const { stdin = process.stdin, stdout = process.stdout, clock } = o;
  const words = LANGUAGES[languageOf(o.lang, o.env)];
  if (!stdin.isTTY || !stdout.isTTY) {
    process.stderr.write(`${words.noTerminal}\n`);
    return 2;
  }
  const theme = themeOf(o.theme, o.env);
  prepareForInk(theme);
  const { mount } = await import('./mount.tsx');
  const client = o.connect();
  const screen: { mounted: Mounted | null } = { mounted: null };
  const store = createScreenStore({
    ...{ clock, words, server: o.server, readOnly: o.readOnly ?? false, isOwner: o.owned !== undefined },
    glyphs: glyphsOf(isAscii(o.ascii ?? false, o.env)),
    size: { columns: stdout.columns || 80, rows: stdout.rows || 24 },
    onEffect: (effect) => effected(effect, store, () => screen.mounted, { o, client, stdout }),
  });
  const { joined } = o;
  if (joined !== undefined) store.change((ui) => telling(ui, clock.now(), words.joined(joined)));
  const courier = createCourier({ client, store, clock });
  const leave = (): void => screen.mounted?.controls()?.exit({ stop: false } satisfies Left);
  // outside of what is drawn nobody else catches it: the terminal is given back, and the reason said there
  const broken = (error: unknown): void =>
    screen.mounted?.controls()?.exit(error instanceof Error ? error : new Error(String(error)));
  process.on('uncaughtException', broken).on('unhandledRejection', broken);
  try {
    screen.mounted = mount({ store, palette: paletteOf(theme), stdin, stdout });
    // nobody reads any more what is drawn: the connection was dropped
    stdout.once('error', leave);
    courier.start();
    const left = (await screen.mounted.done) as Left | undefined;
    if (left?.stop) await o.owned?.stop();
    return 0;
  } catch (error) {
    process.stderr.write(`lector top: ${toFailure(error).message}\n`);
    return 1;
  } finally {
    process.off('uncaughtException', broken).off('unhandledRejection', broken);
    stdout.off('error', leave);
    courier.stop();
    store.stop();
    client.close();
  }
}

/** Before they are loaded: Ink draws nothing where CI is set and does not know NO_COLOR, React is slow by default. */
function prepareForInk(theme: Theme): void {
  delete process.env.CI;
  process.env.NODE_ENV ??= 'production';
  if (theme === 'none') process.env.FORCE_COLOR = '0';
}

type World = { readonly o: TopOptions; readonly client: LectorClient; readonly stdout: NodeJS.WriteStream };

function effected(effect: Effect, store: ScreenStore, mounted: () => Mounted | null, world: World): void {
  const controls = mounted()?.controls();
  switch (effect.kind) {
    case 'quit':
      controls?.exit({ stop: effect.stop } satisfies Left);
      return;
    case 'copy':
      world.stdout.write(copySequence(effect.text));
      return;
    case 'redraw':
      void controls?.suspendTerminal(() => undefined);
      return;
    case 'suspend':
      void suspended(store, controls, world.o.clock);
      return;
    case 'command':
      void commanded(effect.command, store, world);
      return;
  }
}

/** Hands the terminal to the shell until `fg`, without a mouse that would write into it. */
async function suspended(store: ScreenStore, controls: Controls | null | undefined, clock: Clock): Promise<void> {
  const { mouse } = store.ui();
  if (mouse) store.change((ui) => ({ ...ui, mouse: false }));
  await controls?.suspendTerminal(() => stoppedUntilContinued(clock));
  if (mouse) store.change((ui) => ({ ...ui, mouse: true }));
}

/** Carries a command out and says in one line what became of it. */
async function commanded(command: Command, store: ScreenStore, { o, client }: World): Promise<void> {
  const words = LANGUAGES[languageOf(o.lang, o.env)];
  if (command.kind === 'act' && command.action === 'identify') {
    // the meter is waited for
    const doing = words.doing(words.actions.identify, whoOf(command.target, { plant: store.plant(), words }));
    store.change((ui) => telling(ui, o.clock.now(), doing));
  }
  const { ok, text } = await carriedOut(client, command, store.plant(), words);
  // marks are kept where something was refused, to try again
  const marks = ok ? new Set<number>() : store.ui().marks;
  store.change((ui) => telling({ ...ui, marks }, o.clock.now(), text, ok ? 'good' : 'bad'));
}
