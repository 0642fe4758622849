import { homedir } from 'node:os';
import { join } from 'node:path';

/** What tests keep between runs: of the machine where root keeps it, so that any user can start what is in it. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = process.getuid?.() === 0 ? '/var/cache' : (env.XDG_CACHE_HOME ?? join(homedir(), '.cache'));
  return join(base, 'portcullis-tests');
}
