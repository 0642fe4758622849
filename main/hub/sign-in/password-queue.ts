import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';

/** Each takes 32 MiB and a thread for a good while; more at once only make all of them slower. */
const AT_ONCE = 2;
/** What one client may have waiting, and all together. */
const PER_CLIENT = 8;
const WAITING = 256;
const BUSY_SECONDS = 5;

/**
 * Who may hash a password next. Clients take turns, so that one who sends many sign-ins waits for itself; what waits is bounded, so that
 * nobody waits long.
 */
export interface PasswordQueue {
  /** Runs `task` when it is the client's turn. null, at once, where too many are waiting. */
  run<T>(client: string, task: () => Promise<T>): Promise<T> | null;
}

export function createPasswordQueue(): PasswordQueue {
  /** In the order of their turns. */
  const waiting = new Map<string, (() => Promise<unknown>)[]>();
  let inAll = 0;
  let running = 0;
  const next = (): void => {
    const [first] = waiting;
    if (first === undefined || running >= AT_ONCE) return;
    const [client, tasks] = first;
    const task = tasks.shift();
    waiting.delete(client);
    if (tasks.length > 0) waiting.set(client, tasks);
    if (task === undefined) return;
    inAll -= 1;
    running += 1;
    void task().finally(() => {
      running -= 1;
      next();
    });
    next();
  };

  return {
    run<T>(client: string, task: () => Promise<T>): Promise<T> | null {
      const tasks = waiting.get(client) ?? [];
      if (tasks.length >= PER_CLIENT || inAll >= WAITING) return null;
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      tasks.push(() => task().then(resolve, reject));
      waiting.set(client, tasks);
      inAll += 1;
      next();
      return promise;
    },
  };
}

/** What is answered where there is no turn. */
export function busy(): { status: number; problem: Problem; headers: Record<string, string> } {
  const seconds = BUSY_SECONDS;
  return { status: 429, problem: problem('sign-ins-busy', { seconds }), headers: { 'retry-after': String(seconds) } };
}
