import { problem } from '../../../shared/problems/catalogue.ts';
import type { Access } from '../../../shared/schemas/hub/people.ts';
import type { Authentication, Caller } from './authentication.ts';
import { HttpProblem } from './problem-response.ts';
import type { Exchange, Handler } from './router.ts';
import type { WriteLimits } from './write-limits.ts';

/** A handler whose caller is known, and has in `org` the role that the route needs. @param rest what the path names below `org` */
export type CallerHandler = (
  exchange: Exchange,
  org: string,
  caller: Caller,
  ...rest: string[]
) => void | Promise<void>;

/** For each call the least role that may make it; `person` is anyone with an account. */
export type Callers = Readonly<
  Record<'person' | 'member' | 'auditor' | 'registryManager' | 'owner', (handler: CallerHandler) => Handler>
>;

const READING = new Set(['GET', 'HEAD']);

/** The role is looked up at each call, so that who has lost it has lost what it allowed. */
export function createCallers(authentication: Authentication, writes: WriteLimits): Callers {
  const person =
    (handler: CallerHandler): Handler =>
    async (exchange, org = '', ...rest) => {
      const caller = await authentication.caller(exchange.request);
      if (!READING.has(exchange.request.method ?? '')) requireLeft(caller);
      return handler(exchange, org, caller, ...rest);
    };
  const requireLeft = ({ sub }: Caller): void => {
    const seconds = writes.take(sub);
    if (seconds === 0) return;
    throw new HttpProblem(429, problem('too-many-changes', { seconds }), {
      headers: { 'retry-after': String(seconds) },
    });
  };
  const role =
    (needed: Access) =>
    (handler: CallerHandler): Handler =>
      person((exchange, org, caller, ...rest) => {
        authentication.requireRole(caller, org, needed);
        return handler(exchange, org, caller, ...rest);
      });
  return {
    person,
    member: role('member'),
    auditor: role('auditor'),
    registryManager: role('registry-manager'),
    owner: role('owner'),
  };
}
