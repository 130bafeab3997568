/** What paths there are, to tell a wrong method from a wrong path. */
export type RouteTable = {
  add(route: { readonly method: string | readonly string[]; readonly url: string }): void;
  /** Methods that a path has; empty: there is no such path. */
  methodsOf(path: string): readonly string[];
};

export function createRouteTable(): RouteTable {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  return {
    add: ({ method, url }) => void routes.push({ pattern: patternOf(url), methods: [method].flat() }),
    methodsOf(path) {
      const methods = routes.flatMap((route) => (route.pattern.test(path) ? route.methods : []));
      return [...new Set(methods)].sort();
    },
  };
}

/** `/nodes/:node` as a pattern, with and without the slash at its end. */
function patternOf(url: string): RegExp {
  const literal = url.replace(/\/$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:[A-Za-z]\w*/g, '[^/]+')}/?$`);
}
