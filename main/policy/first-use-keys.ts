import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../../shared/parse-json.ts';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import { ProblemError } from '../../shared/problem.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readBounded } from '../platform/bounded-body.ts';
import type { Clock } from '../platform/clock.ts';
import { requestProblem } from '../platform/request-problem.ts';

const MAX_KEYS_BYTES = 1024 * 1024;
const PATIENCE_MS = 30_000;

const Remembered = z.object({ hub: z.string(), keys: PolicyKeys });

/** Keys of a hub that nobody has pinned, taken when it was first met and kept from then on. */
export interface FirstUseKeys {
  /** @throws ProblemError */
  get(hub: string, signal: AbortSignal): Promise<PolicyKeys>;
  /** Those taken before, without asking. */
  known(hub: string): PolicyKeys | null;
}

/**
 * Trust on first use, for a machine that nobody manages and whose user volunteers: whoever answers at the first contact
 * is believed, and nobody else afterwards. On a managed machine it is not used, and the gateway takes no keys from us there.
 */
export function firstUseKeys(file: string, fetch: typeof globalThis.fetch, clock: Clock): FirstUseKeys {
  let remembered: z.infer<typeof Remembered> | null = null;
  const known = (hub: string): PolicyKeys | null => (remembered?.hub === hub ? remembered.keys : null);
  return {
    known,
    async get(hub, signal) {
      remembered ??= await load(file);
      const before = known(hub);
      if (before !== null) return before;
      const keys = await fetchKeys(hub, fetch, clock, signal);
      remembered = { hub, keys };
      await writeFileAtomic(file, JSON.stringify(remembered));
      return keys;
    },
  };
}

async function load(file: string): Promise<z.infer<typeof Remembered> | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parsed = Remembered.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

async function fetchKeys(
  hub: string,
  fetch: typeof globalThis.fetch,
  clock: Clock,
  signal: AbortSignal,
): Promise<PolicyKeys> {
  const late = new AbortController();
  const cancel = clock.after(PATIENCE_MS, () => late.abort(new DOMException('no answer in time', 'TimeoutError')));
  try {
    const url = new URL('v1/policy-keys', hub.endsWith('/') ? hub : `${hub}/`);
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) });
    const body = await readBounded(response, MAX_KEYS_BYTES);
    const parsed = response.status === 200 ? PolicyKeys.safeParse(parseJson(body.toString('utf8'))) : null;
    if (parsed?.success) return parsed.data;
    throw new ProblemError({
      code: 'server-unexpected',
      message: `${url.host} did not tell its policy keys.`,
      cause: `HTTP ${response.status}`,
      next: 'Check the address of the server.',
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(requestProblem(error, new URL(hub).host), { cause: error });
  } finally {
    cancel();
  }
}
