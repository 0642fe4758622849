import type { Access } from '../../../shared/schemas/hub/people.ts';
import type { Authentication, Caller } from './authentication.ts';
import type { Exchange, Handler } from './router.ts';

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

/** The role is looked up at each call, so that who has lost it has lost what it allowed. */
export function createCallers(authentication: Authentication): Callers {
  const person =
    (handler: CallerHandler): Handler =>
    async (exchange, org = '', ...rest) =>
      handler(exchange, org, await authentication.caller(exchange.request), ...rest);
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
