import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { answerLines, readLines } from './lines.ts';
import { createUnsent, LOCAL_UNSENT, type Unsent } from './unsent.ts';

/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification), client and server, one message per line of UTF-8.
 * Batches are rejected, and a request without `id` is not executed: nobody would learn of its failure.
 */
export type RpcMethods = Record<string, { params: z.ZodType; result: z.ZodType }>;
export type RpcEvents = Record<string, z.ZodType>;

export type RpcHandlers<M extends RpcMethods> = {
  [K in keyof M]: (
    params: z.output<M[K]['params']>,
    connection: RpcConnection,
  ) => z.input<M[K]['result']> | Promise<z.input<M[K]['result']>>;
};

export interface RpcConnection {
  /** Sends a notification. A peer that does not read is disconnected before it fills our memory. */
  notify(event: string, data: unknown): void;
  close(): void;
}

/** Section 5.1 of the specification. */
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const APPLICATION_ERROR = -32000;

const MAX_CONCURRENT_REQUESTS = 32;

const Request = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.number(), z.string().max(256)]),
  method: z.string().max(256),
  params: z.unknown().optional(),
});

const Response = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.number(), z.string()]).nullable(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
});

const Notification = z.object({ jsonrpc: z.literal('2.0'), method: z.string(), params: z.unknown() });

/**
 * Answers the requests of one peer. A bad message affects this connection at most.
 * @param options.unsent what all connections of a listener share, so that together they do not fill our memory either.
 */
export function serveRpc<M extends RpcMethods>(
  stream: Duplex,
  methods: M,
  handlers: RpcHandlers<M>,
  options: { maxLine: number; unsent?: Unsent; onClose?: (connection: RpcConnection) => void },
): RpcConnection {
  const unsent = options.unsent ?? createUnsent(LOCAL_UNSENT);
  let closed = false;
  const write = (message: object): void => {
    if (closed || !stream.writable) return;
    stream.write(`${JSON.stringify(message)}\n`);
    unsent.wrote(stream);
  };
  const fail = (id: unknown, code: number, message: string, data?: Problem): void =>
    write({ jsonrpc: '2.0', id: id ?? null, error: { code, message, ...(data ? { data } : {}) } });
  const connection: RpcConnection = {
    notify: (event, data) => write({ jsonrpc: '2.0', method: event, params: data }),
    close: () => stream.destroy(),
  };

  const handle = async (line: string): Promise<void> => {
    if (line.trim() === '') return;
    const json = parseJson(line);
    if (json === undefined) return fail(null, PARSE_ERROR, 'Parse error');
    const request = Request.safeParse(json);
    if (!request.success) return fail(null, INVALID_REQUEST, 'Invalid Request');
    const { id, method, params } = request.data;
    const definition = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const handler = Object.hasOwn(handlers, method) ? handlers[method as keyof M] : undefined;
    if (!definition || !handler) return fail(id, METHOD_NOT_FOUND, 'Method not found');
    const parsed = definition.params.safeParse(params ?? {});
    if (!parsed.success) {
      const cause = z.prettifyError(parsed.error);
      return fail(id, INVALID_PARAMS, 'Invalid params', problem('invalid-params', { call: method }, { cause }));
    }
    try {
      const result = await handler(parsed.data as z.output<M[keyof M]['params']>, connection);
      write({ jsonrpc: '2.0', id, result });
    } catch (error) {
      const failure = asProblem(error, problem('internal-error', { call: method }));
      fail(id, APPLICATION_ERROR, failure.message, failure);
    }
  };

  answerLines(stream, { maxBytes: options.maxLine, maxAtOnce: MAX_CONCURRENT_REQUESTS }, handle, () => {
    fail(null, INVALID_REQUEST, `Invalid Request: a line is longer than ${options.maxLine} bytes`);
    stream.end(() => stream.destroy());
  });
  stream.on('error', () => stream.destroy());
  stream.on('end', () => stream.end());
  stream.on('close', () => {
    closed = true;
    options.onClose?.(connection);
  });
  return connection;
}

export interface RpcClient<M extends RpcMethods, E extends RpcEvents> {
  /**
   * @throws ProblemError with the peer's problem, `control-closed` when the connection is gone, `control-invalid` when the
   * answer does not match its schema.
   */
  call<K extends keyof M & string>(method: K, params: z.input<M[K]['params']>): Promise<z.output<M[K]['result']>>;
  /** Returns the function that unsubscribes. An event that does not match its schema is dropped. */
  on<K extends keyof E & string>(event: K, listener: (data: z.output<E[K]>) => void): () => void;
  /** Resolves when the connection is gone, for any reason. */
  readonly closed: Promise<void>;
  close(): void;
}

export function connectRpc<M extends RpcMethods, E extends RpcEvents>(
  stream: Duplex,
  methods: M,
  events: E,
  options: { maxLine: number },
): RpcClient<M, E> {
  const waiting = new Map<number, { method: string; resolve: (v: unknown) => void; reject: (e: Error) => void }>();
  const listeners = new Map<string, Set<(data: never) => void>>();
  let nextId = 1;
  let gone = false;
  const closedError = (): ProblemError => new ProblemError(problem('control-closed'));

  const closed = new Promise<void>((resolve) => {
    stream.on('close', () => {
      gone = true;
      for (const call of waiting.values()) call.reject(closedError());
      waiting.clear();
      resolve();
    });
  });

  const receive = (line: string): void => {
    const json = parseJson(line);
    const response = Response.safeParse(json);
    if (response.success) {
      const { id, result, error } = response.data;
      const call = typeof id === 'number' ? waiting.get(id) : undefined;
      if (!call || typeof id !== 'number') return;
      waiting.delete(id);
      if (error) {
        const sent = Problem.safeParse(error.data);
        call.reject(
          new ProblemError(sent.success ? sent.data : problem('control-error', {}, { cause: error.message })),
        );
        return;
      }
      const parsed = methods[call.method]?.result.safeParse(result);
      if (parsed?.success) {
        call.resolve(parsed.data);
      } else {
        const cause = parsed && z.prettifyError(parsed.error);
        call.reject(new ProblemError(problem('control-invalid', { call: call.method }, { cause })));
      }
      return;
    }
    const notification = Notification.safeParse(json);
    if (!notification.success) return;
    const schema = events[notification.data.method];
    const data = schema?.safeParse(notification.data.params);
    if (!data?.success) return;
    for (const listener of listeners.get(notification.data.method) ?? []) listener(data.data as never);
  };

  readLines(stream, options.maxLine, receive, () => stream.destroy());
  stream.on('error', () => stream.destroy());
  stream.on('end', () => stream.destroy());

  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        if (gone || !stream.writable) return reject(closedError());
        const id = nextId++;
        waiting.set(id, { method, resolve: resolve as (v: unknown) => void, reject });
        stream.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      }),
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set();
      set.add(listener as (data: never) => void);
      listeners.set(event, set);
      return () => set.delete(listener as (data: never) => void);
    },
    closed,
    close: () => stream.destroy(),
  };
}
