import { problem } from '../../../shared/problems/catalogue.ts';
import type { Exchange } from './exchange.ts';
import { HttpProblem } from './problem-response.ts';

/** @param rest the `{…}` of the path, decoded, in their order; the first is always the organization */
export type Handler = (exchange: Exchange, ...rest: string[]) => void | Promise<void>;
/** Handlers by path and method. `GET` answers `HEAD` too. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** @returns a function that throws HttpProblem 404 and 405 for what no route answers */
export function createRouter(routes: Routes): (exchange: Exchange) => void | Promise<void> {
  const compiled = Object.entries(routes).map(
    ([path, handlers]) => [new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`), handlers] as const,
  );
  return (exchange) => {
    const { request, path } = exchange;
    for (const [pattern, handlers] of compiled) {
      const match = pattern.exec(path);
      if (match === null) continue;
      const handler = handlers[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
      if (handler === undefined) throw methodNotAllowed(Object.keys(handlers));
      return handler(exchange, ...match.slice(1).map(decodeSegment));
    }
    throw notFound();
  };
}

export function notFound(): HttpProblem {
  return new HttpProblem(404, problem('not-found'));
}

export function methodNotAllowed(methods: readonly string[]): HttpProblem {
  return new HttpProblem(405, problem('method-not-allowed', { methods: [...methods] }), {
    headers: { allow: methods.join(', ') },
  });
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound();
  }
}
