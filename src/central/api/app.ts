import type { IncomingMessage, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { safe } from '../../domain/safe.ts';
import { callerKey, createNets, plainAddress } from './addresses.ts';
import type { AppDeps, CentreApp } from './app-types.ts';
import { createCallers, type Deliverer } from './callers.ts';
import { boundConnections } from './connections.ts';
import { answerBadClient, createFailures } from './failures.ts';
import { describedRoute, openapiHead } from './openapi.ts';
import { createPlaces } from './places.ts';
import { problem } from './problems.ts';
import { registerRoutes } from './routes.ts';
import { createRouteTable, type RouteTable } from './routes-table.ts';
import type { ApiSettings } from './settings.ts';

/** Largest body as sent; what may be more says so. */
export const BODY_BYTES_MAX = 1_048_576;
/** Largest body of what may be brief. */
const BRIEF_BYTES_MAX = 8_192;
const HEADER_BYTES_MAX = 16_384;
/** Above what load balancers keep a connection for. */
const KEEP_ALIVE_MS = 75_000;
/** Longest part of a path. */
const PARAM_LENGTH_MAX = 200;

/**
 * The centre's HTTP server, not listening yet. Whatever fails is answered as a problem (RFC 9457); nothing is answered
 * to whom the settings do not let in. Routes are checked by `app.ready()`.
 */
export function createCentreApp(deps: AppDeps, settings: ApiSettings): CentreApp {
  const failures = createFailures(deps);
  const app = bareApp(settings, failures.answer);
  const callers = createCallers(deps, settings);
  const routes = createRouteTable();
  const places = createPlaces(settings.limits.answers);
  const briefPlaces = createPlaces(settings.limits.briefAnswers);
  let isClosing = false;

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(failures.answer);
  app.setNotFoundHandler(notFound(routes));
  app.decorateRequest('deliverer', null);
  app.addHook('onRoute', ({ method, url }) => routes.add({ method, url }));
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  const enter = (request: FastifyRequest, reply: FastifyReply, deliverer: Deliverer | null) => {
    request.deliverer = deliverer;
    const { access = 'read', lasts, brief } = request.routeOptions.config;
    if (request.is404 || access === 'open' || lasts === true) return;
    // of one token, or of one address
    const caller = deliverer?.words ?? callerKey(plainAddress(request.ip));
    const isBrief = brief === true && Number(request.headers['content-length']) <= BRIEF_BYTES_MAX;
    return (isBrief ? briefPlaces : places).take(`${access} ${caller}`, reply.raw);
  };
  // no async function: most are let in at once, and each wait for what is there costs a part of what is served
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(HEADERS);
    if (request.method === 'DELETE') forgetTypeOfNothing(request.headers);
    if (isClosing) {
      reply.header('connection', 'close');
      throw problem('unavailable', 'the centre is stopping; send it again later');
    }
    const access = request.is404 ? 'open' : (request.routeOptions.config.access ?? 'read');
    const admitted = callers.admit(request, access);
    const entered =
      admitted instanceof Promise
        ? admitted.then((deliverer) => enter(request, reply, deliverer))
        : enter(request, reply, admitted);
    if (entered === undefined) done();
    return entered;
  });
  app.register(swagger, { openapi: openapiHead(deps.version), transform: describedRoute });
  registerRoutes(app, deps);
  boundConnections(app.server, { ...settings.limits, isProxy: createNets(settings.proxies) });
  return app;
}

/** Many clients say of all that they send that it is JSON, also where they send nothing. */
function forgetTypeOfNothing(headers: IncomingMessage['headers']): void {
  const isEmpty = (headers['content-length'] ?? '0') === '0' && headers['transfer-encoding'] === undefined;
  if (isEmpty) headers['content-type'] = undefined;
}

type Answer = ReturnType<typeof createFailures>['answer'];

function bareApp({ proxies, limits, tls }: ApiSettings, answer: Answer): CentreApp {
  const server = {
    requestTimeout: limits.requestMs,
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: limits.lookMs,
    maxHeaderSize: HEADER_BYTES_MAX,
  };
  const options = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    trustProxy: proxies.length === 0 ? false : [...proxies],
    requestIdHeader: false,
    // ours says so as a problem
    return503OnClosing: false,
    exposeHeadRoutes: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAM_LENGTH_MAX },
    frameworkErrors: answer as never,
    clientErrorHandler: answerBadClient,
  } as const;
  const app =
    tls === null ? fastify({ ...options, http: server }) : fastify({ ...options, https: { ...server, ...tls } });
  // a TLS server answers requests in the same way
  return app as unknown as CentreApp;
}

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

type Asked = { readonly method: string; readonly url: string; readonly raw: IncomingMessage };
type Reply = { readonly raw: ServerResponse; header(name: string, value: string): unknown };

function notFound(routes: RouteTable) {
  return (request: Asked, reply: Reply): never => {
    const path = request.url.replace(/\?.*$/, '');
    const methods = routes.methodsOf(path);
    const shown = safe(path, 120);
    if (methods.length === 0) {
      throw problem('not-found', `there is no ${shown} here; /api/v1/openapi.json says what there is`);
    }
    reply.header('allow', methods.join(', '));
    const words = `expected ${methods.join(' or ')} for ${shown}, saw ${safe(request.method, 20)}`;
    throw problem('bad-request', words, { status: 405 });
  };
}
