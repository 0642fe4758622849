import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { makePrivateFolder, writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { agentSocket } from '../platform/fs/places.ts';

/** How long a sign-in is kept, in milliseconds, or until the token expires. */
export const OWNER_SESSION_MS = 15 * 60_000;

/** @param now and the answer in milliseconds since 1970 */
export function keptUntil({ expiresIn }: { expiresIn: number | null }, now: number): number {
  return now + Math.min(OWNER_SESSION_MS, (expiresIn ?? Number.POSITIVE_INFINITY) * 1000);
}

const Kept = z.strictObject({ hub: z.string(), token: z.string().min(1), until: z.number() });

export interface OwnerSession {
  /** @returns null where none is kept, or no longer. */
  current(now: number): Promise<{ hub: string; token: string } | null>;
  /** @param until milliseconds since 1970. @throws ProblemError `cannot-write` */
  keep(hub: string, token: string, until: number): Promise<void>;
  forget(): Promise<void>;
}

/**
 * An owner's sign-in, kept only by `hub sign-in`: a file of mode 0600 in the user's runtime folder, which the system empties when the
 * user logs out, or in the agent's folder where there is none.
 */
export function ownerSession(env: NodeJS.ProcessEnv): OwnerSession {
  // On Windows the socket is a pipe without a folder.
  const folder = process.platform === 'win32' ? join(env.LOCALAPPDATA ?? '', 'portcullis') : dirname(agentSocket(env));
  const file = join(folder, 'owner.json');
  const forget = (): Promise<void> => rm(file, { force: true });
  return {
    forget,
    async current(now) {
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) return null;
      const kept = Kept.safeParse(parseJson(text));
      // A clock that was set back does not prolong it.
      const isValid = kept.success && kept.data.until > now && kept.data.until <= now + OWNER_SESSION_MS;
      if (!isValid) await forget();
      return isValid ? kept.data : null;
    },
    async keep(hub, token, until) {
      await makePrivateFolder(folder);
      await writeFileAtomic(file, JSON.stringify({ hub, token, until } satisfies z.infer<typeof Kept>));
    },
  };
}
