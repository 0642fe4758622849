import { Hello } from '../../../shared/schemas/ipc-schema.ts';

/** What proves to the agent that this page was opened by its user (see `Hello`). */
export type Credential = Hello['args'];

const SESSION_ITEM = 'portcullis.session';
const CODE_FRAGMENT = /^#code=([0-9a-f]{32})$/;

/**
 * Takes the one-time code out of the address, so that neither the history nor a shared screen keeps it, or else the
 * session key that this tab was given before. A code wins: whoever opened a fresh address wants a fresh session.
 */
export function takeCredential(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
  storage: Pick<Storage, 'getItem'>,
): Credential | null {
  const code = CODE_FRAGMENT.exec(location.hash)?.[1];
  if (code !== undefined) {
    history.replaceState(null, '', location.pathname + location.search);
    return { code };
  }
  const session = storage.getItem(SESSION_ITEM);
  const parsed = Hello.shape.args.safeParse({ session });
  return parsed.success ? parsed.data : null;
}

export function keepSession(storage: Pick<Storage, 'setItem'>, session: string): void {
  storage.setItem(SESSION_ITEM, session);
}

export function forgetSession(storage: Pick<Storage, 'removeItem'>): void {
  storage.removeItem(SESSION_ITEM);
}
