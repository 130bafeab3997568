import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { safe } from '../../domain/safe.ts';
import type { MonoMs } from '../../domain/units.ts';
import { callerKey, createNets, isLoopback, plainAddress } from './addresses.ts';
import type { Access, CentreDeps } from './app-types.ts';
import { createPaces } from './paces.ts';
import { problem } from './problems.ts';
import { remembered } from './remembered.ts';
import type { ApiSettings } from './settings.ts';

/** Who may deliver is asked with every record: the list is kept this long. */
const ALLOWED_MS = 2_000;
/** Tokens that were right, so that a flood of wrong ones from their address does not shut them out. */
const GOOD_MAX = 10_000;
/** Addresses, and names of this centre, of which is remembered what they mean. */
const REMEMBERED_MAX = 1_000;
const TOKEN = /^[\x21-\x7e]{1,1000}$/;

/** A caller who may deliver. */
export type Deliverer = {
  mayFor(node: number): boolean;
  /** `the token of node 4`, `the address 10.0.0.9`. */
  readonly words: string;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Of routes with access `deliver`. */
    deliverer: Deliverer | null;
  }
}

export type Callers = {
  /** Who delivers, for `deliver`; at once where nobody must be asked. Throws, or rejects with, why he may not. */
  admit(request: FastifyRequest, access: Access): Deliverer | null | Promise<Deliverer | null>;
};

type From = {
  /** What its limits are counted by. */
  readonly key: string;
  /** By which it may have rights; null: it came through somebody who is not trusted to tell. */
  readonly address: string | null;
  readonly token: string | null;
};

type Deps = Pick<CentreDeps, 'registry' | 'clock'>;

/** Decides who may read, change and deliver: by address where that is safe to tell, else by token. */
export function createCallers({ registry, clock }: Deps, settings: ApiSettings): Callers {
  const whoFrom = createWhoFrom(settings);
  const isOurName = remembered(REMEMBERED_MAX, (host) => isNameOfOurs(host, settings));
  const refuseForeignPages = createForeignPages(settings, isOurName);
  const isTrusted = createNets(settings.trust);
  const reads = createPaces(clock, settings.limits.reads);
  const tokens = createTokenDesk({ clock }, settings);
  const allowed = createAllowed({ registry, clock });

  const keepPace = (key: string) => {
    const waitMs = reads.take(key);
    if (waitMs === 0) return;
    throw problem('too-many-requests', `expected fewer requests from ${key}; ask again later`, {
      retryAfterMs: waitMs,
    });
  };

  const mayReadByAddress = ({ address }: From) => address !== null && (isLoopback(address) || isTrusted(address));

  const asAdmin = async (from: From, what: string, otherWay = '') => {
    if (from.token === null) throw problem('not-authenticated', `${what} needs the admin token: ${BEARER}${otherWay}`);
    if (await tokens.check(from.key, from.token, async (token) => registry.isAdminToken(token))) return;
    throw problem('not-authenticated', `the token is not an admin token of this centre; ${ADMIN_TOKEN}`);
  };

  const asDeliverer = async (from: From): Promise<Deliverer> => {
    if (from.token !== null) {
      const node = await tokens.check(from.key, from.token, (token) => registry.nodeOfToken(token));
      if (node !== null) return { mayFor: (other) => other === node, words: `the token of node ${node}` };
      throw problem('not-authenticated', 'the token is of no node of this centre; ask its administrator for another');
    }
    const deliverer = from.address === null ? null : await allowed.delivererAt(from.address);
    if (deliverer !== null) return deliverer;
    throw problem('not-authenticated', `delivering from ${from.key} needs the token of the node: ${NODE_TOKEN}`);
  };

  const delivererOrSlower = async (from: From): Promise<Deliverer> => {
    try {
      return await asDeliverer(from);
    } catch (error) {
      keepPace(from.key);
      throw error;
    }
  };

  const letIn = async (request: FastifyRequest, from: From, access: Access): Promise<null> => {
    keepPace(from.key);
    if (access === 'change') await asAdmin(from, `${request.method} ${safe(request.url.replace(/\?.*$/, ''), 120)}`);
    const mayByAddress = mayReadByAddress(from);
    if (access === 'read' && !(mayByAddress && isOurHost(request, isOurName))) {
      const otherWay = mayByAddress ? '' : otherWayOf(from, settings);
      await asAdmin(from, `reading from ${from.key}${byName(request, mayByAddress)}`, otherWay);
    }
    return null;
  };

  return {
    admit(request, access) {
      const from = whoFrom(request);
      // what is open to all tells nothing that a page should not know
      if (access !== 'open') refuseForeignPages(request, from);
      if (access !== 'deliver') return letIn(request, from, access);
      const known = from.token === null && from.address !== null ? allowed.knownAt(from.address) : null;
      return known ?? delivererOrSlower(from);
    },
  };
}

const BEARER = 'send it as "Authorization: Bearer TOKEN"';
const ADMIN_TOKEN = '"lector central admin-token" makes a new one';
const OLD_LECTOR = 'an old lector does without after "lector central allow add"';
const NODE_TOKEN = `${BEARER}; "lector central node token" makes one; ${OLD_LECTOR}`;

function otherWayOf({ key, address }: From, { proxies }: ApiSettings): string {
  if (address !== null) return `; "lector central serve --trust ${address}" lets it read without one`;
  // of a proxy that is named it is the address behind it that is not believed
  if (proxies.length > 0) return '';
  return `; a proxy passed it on, which "lector central serve --trust-proxy ${key}" would believe`;
}

const byName = (request: FastifyRequest, mayByAddress: boolean): string =>
  mayByAddress ? ` under the name ${safe(request.headers.host ?? '', 80)} (which --public-name would allow)` : '';

/** An address grants nothing when somebody stands between, unless that proxy is known; nor does this machine then. */
function createWhoFrom({ proxies }: ApiSettings): (request: FastifyRequest) => From {
  const placeOf = remembered(REMEMBERED_MAX, (ip) => {
    const address = plainAddress(ip);
    return { address, key: callerKey(address), isKnownBehind: proxies.length > 0 && !isLoopback(address) };
  });
  return ({ ip, headers }) => {
    const { address, key, isKnownBehind } = placeOf(ip);
    const isKnown = isKnownBehind || !isForwarded(headers);
    return { key, address: isKnown ? address : null, token: tokenIn(headers.authorization) };
  };
}

const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  headers['x-forwarded-for'] !== undefined ||
  headers.forwarded !== undefined ||
  headers['x-real-ip'] !== undefined ||
  headers.via !== undefined;

function tokenIn(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const [, token] = /^bearer +(.+)$/i.exec(authorization) ?? [];
  return token?.trim() ?? null;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** A page of somebody else, open in a browser here, must not use the rights that this machine's address has. */
function createForeignPages(settings: ApiSettings, isOurName: (host: string) => boolean) {
  const isOnThisMachineAlone = settings.host === 'localhost' || isLoopback(settings.host);
  return (request: FastifyRequest, { token }: From): void => {
    if (token !== null) return;
    const { host, origin } = request.headers;
    if (origin !== undefined && !SAFE_METHODS.includes(request.method)) {
      throw problem('not-allowed', `expected no call from a web page (${safe(origin, 80)}) without a token`);
    }
    if (isOnThisMachineAlone && !isOurHost(request, isOurName)) {
      const advice = 'use its address, or start the centre with --public-name';
      throw problem('not-allowed', `expected a request to localhost, saw one to "${safe(host ?? '', 80)}"; ${advice}`);
    }
  };
}

/** No browser leaves it out. */
const isOurHost = ({ headers }: FastifyRequest, isOurName: (host: string) => boolean): boolean =>
  headers.host === undefined || isOurName(headers.host);

/** No name that a foreign DNS server can give to this address: an address itself, localhost, or one that was told. */
function isNameOfOurs(host: string, { names }: ApiSettings): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(address) !== 0 || names.includes(name);
}

/** Asks whether tokens are right, slowly for who sends wrong ones. */
function createTokenDesk({ clock }: Pick<Deps, 'clock'>, { limits }: ApiSettings) {
  const wrong = createPaces(clock, limits.wrongTokens);
  const good = new Set<string>();
  const remember = (print: string) => {
    good.delete(print);
    const [oldest] = good;
    if (good.size >= GOOD_MAX && oldest !== undefined) good.delete(oldest);
    good.add(print);
  };
  return {
    async check<T>(key: string, token: string, ask: (token: string) => Promise<T>): Promise<T> {
      if (!TOKEN.test(token)) throw problem('not-authenticated', 'expected a token of ASCII characters without blanks');
      const print = createHash('sha256').update(token).digest('base64');
      const waitMs = good.has(print) ? 0 : wrong.take(key);
      if (waitMs > 0) {
        const words = `too many wrong tokens came from ${key}`;
        throw problem('too-many-requests', `${words}; look at the token, and try again later`, {
          retryAfterMs: waitMs,
        });
      }
      const answer = await ask(token).catch((error: unknown) => {
        wrong.giveBack(key);
        throw error;
      });
      if (answer === false || answer === null) good.delete(print);
      else {
        if (!good.has(print)) wrong.giveBack(key);
        remember(print);
      }
      return answer;
    },
  };
}

/** Who delivers from an address, found out once for each; null: nobody may. */
type DelivererAt = (address: string) => Deliverer | null;

/** Who may deliver by address, as the registry has it. */
function createAllowed({ registry, clock }: Deps) {
  let readAt: MonoMs | null = null;
  let list: Promise<DelivererAt> = Promise.resolve(() => null);
  /** What `list` resolved with; null: it has not yet. */
  let read: DelivererAt | null = null;
  const isOld = () => readAt === null || clock.mono() - readAt >= ALLOWED_MS;
  const readAgain = () => {
    readAt = clock.mono();
    read = null;
    const asked = readAllowed(registry);
    list = asked;
    asked.then(
      (found) => {
        if (list === asked) read = found;
      },
      // asked again with the next call
      () => {
        readAt = null;
      },
    );
  };
  return {
    /** null: nobody, or the list must be read first. */
    knownAt: (address: string): Deliverer | null => (read === null || isOld() ? null : read(address)),
    async delivererAt(address: string): Promise<Deliverer | null> {
      if (isOld()) readAgain();
      return (await list)(address);
    },
  };
}

async function readAllowed(registry: Deps['registry']): Promise<DelivererAt> {
  const rows = (await registry.allowed()).map(({ cidr, node }) => ({ isIn: createNets([cidr]), node }));
  return remembered(REMEMBERED_MAX, (address) => {
    const nodes = rows.filter(({ isIn }) => isIn(address)).map(({ node }) => node);
    if (nodes.length === 0) return null;
    const mayFor = (node: number) => nodes.some((each) => each === null || each === node);
    return { mayFor, words: `the address ${address}` };
  });
}
