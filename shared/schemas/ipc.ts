import { problem } from '../problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../problems/problem.ts';
import {
  type CallArgs,
  type CallName,
  type CallResult,
  type EventData,
  EventMessage,
  type EventName,
  ipcCalls,
  ipcEvents,
  type ParsedArgs,
  Request,
  Response,
} from './ipc-schema.ts';

/** One handler per call of the table; a call without a handler does not compile. */
export type IpcHandlers = { [C in CallName]: (args: ParsedArgs<C>) => Promise<CallResult<C>> };

type OwnerCall = { [C in CallName]: (typeof ipcCalls)[C]['audience'] extends 'owner' ? C : never }[CallName];

/** The handlers a transport needs: a page is not given those of the owner's calls. */
export type HandlersFor<A extends 'any' | 'owner'> = A extends 'owner' ? IpcHandlers : Omit<IpcHandlers, OwnerCall>;

/** Answers a raw message according to the table. Never throws: every failure is answered with a `Problem`. */
export type Dispatch = (message: unknown) => Promise<Response>;

/**
 * The serving end of any transport.
 *
 * @param audience `owner` for the agent's own socket, `any` for a page.
 */
export function createDispatch<A extends 'any' | 'owner'>(handlers: HandlersFor<A>, audience: A): Dispatch {
  return async (message) => {
    const request = Request.safeParse(message);
    if (!request.success) {
      return { id: idOf(message), error: problem('ipc-malformed') };
    }
    const { id, call, args } = request.data;
    if (!isCall(call) || (ipcCalls[call].audience === 'owner' && audience !== 'owner')) {
      return { id, error: problem('ipc-unknown-call', {}, { cause: call }) };
    }
    const parsed = ipcCalls[call].args.safeParse(args);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const cause = issue && `${issue.path.join('.')}: ${issue.message}`;
      return { id, error: problem('ipc-bad-arguments', { call }, { cause }) };
    }
    try {
      // The table pairs the schema with the handler; TypeScript cannot follow a union of functions through the index.
      const handler = handlers[call as keyof HandlersFor<A>] as (args: unknown) => Promise<unknown>;
      return { id, ok: await handler(parsed.data) };
    } catch (error) {
      return { id, error: asProblem(error, problem('unexpected')) };
    }
  };
}

function isCall(name: string): name is CallName {
  return Object.hasOwn(ipcCalls, name);
}

function isEvent(name: string): name is EventName {
  return Object.hasOwn(ipcEvents, name);
}

function idOf(message: unknown): number | null {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : null;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 ? id : null;
}

export interface IpcClient {
  call<C extends CallName>(name: C, args: CallArgs<C>): Promise<CallResult<C>>;
  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): () => void;
  /** Takes in what the transport received; ignores what is not of the protocol. */
  receive(message: unknown): void;
  /** The transport is gone: every pending call fails with this. */
  fail(reason: Problem): void;
}

/** The asking end of any transport; `send` puts one message on the wire. Answers are parsed by the table too. */
export function createClient(send: (message: Request) => void): IpcClient {
  let lastId = 0;
  const waiting = new Map<
    number,
    { name: CallName; resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  const listeners = new Map<EventName, Set<(data: unknown) => void>>();

  return {
    call(name, args) {
      lastId += 1;
      const id = lastId;
      return new Promise<never>((resolve, reject) => {
        waiting.set(id, { name, resolve: resolve as (value: unknown) => void, reject });
        try {
          send({ id, call: name, args });
        } catch (error) {
          waiting.delete(id);
          reject(error);
        }
      });
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set);
      const entry = listener as (data: unknown) => void;
      set.add(entry);
      return () => set.delete(entry);
    },
    receive(message) {
      const event = EventMessage.safeParse(message);
      if (event.success) {
        const name = event.data.event;
        if (!isEvent(name)) return;
        const data = ipcEvents[name].safeParse(event.data.data);
        if (!data.success) return;
        for (const listener of listeners.get(name) ?? []) listener(data.data);
        return;
      }
      const response = Response.safeParse(message);
      if (!response.success || response.data.id === null) return;
      const call = waiting.get(response.data.id);
      if (call === undefined) return;
      waiting.delete(response.data.id);
      if ('error' in response.data) return call.reject(new ProblemError(response.data.error));
      const result = ipcCalls[call.name].result.safeParse(response.data.ok);
      if (result.success) call.resolve(result.data);
      else call.reject(new ProblemError(problem('ipc-bad-answer', { call: call.name })));
    },
    fail(reason) {
      for (const call of waiting.values()) call.reject(new ProblemError(reason));
      waiting.clear();
    },
  };
}
