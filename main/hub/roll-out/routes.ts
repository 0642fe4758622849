import { randomUUID } from 'node:crypto';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type RollOut, RollOutQuery } from '../../../shared/schemas/hub/roll-out.ts';
import { sendJson } from '../http/answers.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import type { SigningKeys } from '../registry-access/signing-keys.ts';
import { rollOutFiles } from './files.ts';

/** What administrators put on machines, with the keys of the organization pinned. Nothing of it is secret. */
export function rollOutRoutes({ keys, issuer }: { keys: SigningKeys; issuer: string }, may: Callers): Routes {
  return { '/v1/orgs/{org}/roll-out': { GET: may.auditor(getRollOut) } };

  async function getRollOut({ response, url }: Exchange, org: string): Promise<void> {
    const query = RollOutQuery.safeParse({ supportContact: url.searchParams.get('supportContact') || undefined });
    if (!query.success) throw new HttpProblem(400, problem('query-invalid'));
    const published = (await keys.published()).keys.filter(({ organizations }) => organizations.includes(org));
    const answer: RollOut = {
      hub: issuer,
      keys: (await keys.states(org)).keys,
      files: rollOutFiles({ organization: org, hub: issuer, keys: published, ...query.data }, randomUUID),
    };
    sendJson(response, answer);
  }
}
