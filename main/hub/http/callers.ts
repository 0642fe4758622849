import { problem } from '../../../shared/problems/catalogue.ts';
import type { Access } from '../../../shared/schemas/hub/people.ts';
import { TOKEN_PREFIX, type TokenRights } from '../../../shared/schemas/hub/tokens.ts';
import type { Pipeline, PipelineTokens } from '../pipelines/tokens.ts';
import { type Authentication, bearerOf, type Caller, requireAccess, unauthorized } from './authentication.ts';
import type { Exchange } from './exchange.ts';
import { HttpProblem } from './problem-response.ts';
import type { Handler } from './router.ts';
import type { WriteLimits } from './write-limits.ts';

/** A handler whose caller is known, and has in `org` the role that the route needs. @param rest what the path names below `org` */
export type CallerHandler = (
  exchange: Exchange,
  org: string,
  caller: Caller,
  ...rest: string[]
) => void | Promise<void>;

/** A person, or a pipeline with a token of its own. */
export type Actor = Caller | PipelineActor;

export interface PipelineActor {
  /** No user name can look like this. */
  username: `pipeline:${string}`;
  pipeline: Pipeline;
  /** Its token may be deleted while a body is on its way. @throws HttpProblem 401 */
  requireStillValid: () => Promise<void>;
}

export type ActorHandler = (exchange: Exchange, org: string, actor: Actor, ...rest: string[]) => void | Promise<void>;

/** For each call the least role that may make it; `person` is anyone with an account. */
export type Callers = Readonly<
  Record<'person' | 'member' | 'auditor' | 'registryManager' | 'owner', (handler: CallerHandler) => Handler> & {
    /** Also for a token of a pipeline with these rights. @param people who else may make the call */
    orPipeline: (rights: TokenRights, people: (handler: CallerHandler) => Handler, handler: ActorHandler) => Handler;
  }
>;

function isReading({ request: { method } }: Exchange): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The role is looked up at each call, so that who has lost it has lost what it allowed. */
export function createCallers(
  authentication: Authentication,
  writes: WriteLimits,
  tokens: Pick<PipelineTokens, 'find'>,
): Callers {
  const person =
    (handler: CallerHandler): Handler =>
    async (exchange, org = '', ...rest) => {
      // Awaited only where there is something to wait for: each machine comes by here.
      const pipeline = pipelineOf(exchange);
      if (pipeline !== null) {
        await pipeline;
        throw limited(org);
      }
      const caller = await authentication.caller(exchange.request, org);
      if (!isReading(exchange)) await requireLeft(caller.sub);
      return handler(exchange, org, caller, ...rest);
    };
  const requireLeft = async (who: string): Promise<void> => {
    const seconds = await writes.take(who);
    if (seconds === 0) return;
    throw new HttpProblem(429, problem('too-many-changes', { seconds }), {
      headers: { 'retry-after': String(seconds) },
    });
  };
  const role =
    (needed: Access) =>
    (handler: CallerHandler): Handler =>
      person((exchange, org, caller, ...rest) => {
        requireAccess(caller.role, org, needed);
        return handler(exchange, org, caller, ...rest);
      });
  const orPipeline: Callers['orPipeline'] = (rights, people, handler) => {
    const forPeople = people(handler);
    return async (exchange, org = '', ...rest) => {
      const pipeline = await pipelineOf(exchange);
      if (pipeline === null) return forPeople(exchange, org, ...rest);
      if (pipeline.org !== org) {
        throw new HttpProblem(403, problem('not-a-member', { organization: org }), { organization: org });
      }
      if (rights === 'apply' && pipeline.rights !== 'apply') throw limited(org);
      if (!isReading(exchange)) await requireLeft(`pipeline:${pipeline.id}`);
      const actor: PipelineActor = {
        username: `pipeline:${pipeline.name}`,
        pipeline,
        requireStillValid: async () => void (await pipelineOf(exchange)),
      };
      return handler(exchange, org, actor, ...rest);
    };
  };

  /** @returns null for any other token. @throws HttpProblem 401 for one of a pipeline that is not valid */
  function pipelineOf({ request }: Exchange): Promise<Pipeline> | null {
    const bearer = bearerOf(request);
    return bearer?.startsWith(TOKEN_PREFIX) ? pipelineWith(bearer) : null;
  }

  async function pipelineWith(token: string): Promise<Pipeline> {
    const pipeline = await tokens.find(token);
    if (pipeline !== undefined) return pipeline;
    throw unauthorized('pipeline-token-invalid', 'Bearer realm="portcullis", error="invalid_token"');
  }

  return {
    person,
    member: role('member'),
    auditor: role('auditor'),
    registryManager: role('registry-manager'),
    owner: role('owner'),
    orPipeline,
  };
}

function limited(organization: string): HttpProblem {
  return new HttpProblem(403, problem('pipeline-token-limited'), organization === '' ? {} : { organization });
}
