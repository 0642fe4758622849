import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { keysFor, PolicyKeys } from '../../../shared/policy/keys.ts';
import { verifySignedKeys } from '../../../shared/policy/signed-keys.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import { requestProblem } from '../../platform/net/request-problem.ts';
import type { Clock } from '../../platform/time/clock.ts';

const MAX_KEYS_BYTES = 1024 * 1024;
const PATIENCE_MS = 30_000;

const Remembered = z.object({ hub: z.string(), keys: PolicyKeys });

/** Keys of a hub for which none are pinned, taken at the first contact and kept from then on. */
export interface FirstUseKeys {
  /** @throws ProblemError */
  get(hub: string, signal: AbortSignal): Promise<PolicyKeys>;
  /**
   * Asks for successors of the known keys, and trusts those that they introduce for their organization.
   *
   * @returns null where there are none, or none that verify.
   */
  introduced(hub: string, org: string, signal: AbortSignal): Promise<PolicyKeys | null>;
  /** Those taken earlier, without asking. */
  known(hub: string): PolicyKeys | null;
}

/**
 * Trust on first use, for a machine without an administrator: the keys of the first contact are trusted, and later only those
 * that they introduce. Never used on a managed machine, where the gateway takes no keys from the agent.
 */
export function createFirstUseKeys(file: string, fetch: typeof globalThis.fetch, clock: Clock): FirstUseKeys {
  let remembered: z.infer<typeof Remembered> | null = null;
  const known = (hub: string): PolicyKeys | null => (remembered?.hub === hub ? remembered.keys : null);
  const remember = async (hub: string, keys: PolicyKeys): Promise<PolicyKeys> => {
    remembered = { hub, keys };
    await writeFileAtomic(file, JSON.stringify(remembered));
    return keys;
  };
  return {
    known,
    async get(hub, signal) {
      remembered ??= await load(file);
      const before = known(hub);
      if (before !== null) return before;
      const answer = await ask(hub, 'v1/policy-keys', fetch, clock, signal);
      const parsed = answer.status === 200 ? PolicyKeys.safeParse(parseJson(answer.body.toString('utf8'))) : null;
      if (!parsed?.success) {
        const cause = `no policy keys, HTTP ${answer.status}`;
        throw new ProblemError(problem('server-unexpected', { server: new URL(hub).host }, { cause }));
      }
      return remember(hub, parsed.data);
    },
    async introduced(hub, org, signal) {
      const trusted = known(hub);
      if (trusted === null) return null;
      for (const { kid } of keysFor(trusted, org)) {
        const path = `v1/policy-keys?signedBy=${encodeURIComponent(kid)}`;
        const { status, body } = await ask(hub, path, fetch, clock, signal);
        if (status !== 200) continue;
        const successors = await verifySignedKeys(body, { trusted, org, now: Math.floor(clock.wall() / 1000) });
        if (successors.ok && JSON.stringify(successors.value) !== JSON.stringify(trusted)) {
          return remember(hub, successors.value);
        }
      }
      return null;
    },
  };
}

async function load(file: string): Promise<z.infer<typeof Remembered> | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parsed = Remembered.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

async function ask(
  hub: string,
  path: string,
  fetch: typeof globalThis.fetch,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ status: number; body: Buffer }> {
  const late = new AbortController();
  const cancel = clock.after(PATIENCE_MS, () => late.abort(new DOMException('no answer in time', 'TimeoutError')));
  try {
    const response = await fetch(hubUrl(hub, path), {
      redirect: 'manual',
      signal: AbortSignal.any([signal, late.signal]),
    });
    return { status: response.status, body: await readBounded(response, MAX_KEYS_BYTES) };
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(requestProblem(error, new URL(hub).host), { cause: error });
  } finally {
    cancel();
  }
}
