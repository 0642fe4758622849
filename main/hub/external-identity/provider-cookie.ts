import type { IncomingMessage } from 'node:http';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { Pending } from './relying-party.ts';
import type { Sealing } from './sealing.ts';

const PURPOSE = 'sign-in at the provider';
/** The time that a person has at the provider. */
const SECONDS = 30 * 60;

/** Binds what the provider answers to the browser that asked, and to one interaction: readable by the hub alone. */
export interface ProviderCookie {
  /** Values of `Set-Cookie`. */
  set: (path: string, pending: Pending) => string;
  clear: (path: string) => string;
  /** @returns null: another browser, another interaction, or not begun here */
  read: (request: IncomingMessage, uid: string) => Pending | null;
}

export function createProviderCookie(issuer: string, sealing: Sealing): ProviderCookie {
  const { port, protocol } = new URL(issuer);
  // Cookies do not tell ports apart (RFC 6265 section 8.5), and two hubs on this machine must not share them.
  const name = `hub${port}_provider`;
  // `Lax`: the provider's redirect comes from another site.
  const attributes = `HttpOnly; SameSite=Lax${protocol === 'https:' ? '; Secure' : ''}`;
  return {
    set: (path, pending) =>
      `${name}=${sealing.seal(PURPOSE, JSON.stringify(pending))}; Path=${path}; Max-Age=${SECONDS}; ${attributes}`,
    clear: (path) => `${name}=; Path=${path}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributes}`,
    read: ({ headers }, uid) => {
      const values = (headers.cookie ?? '').split(/; */).filter((pair) => pair.startsWith(`${name}=`));
      const [value, ...others] = values.map((pair) => pair.slice(name.length + 1));
      if (value === undefined || others.length > 0) return null;
      const pending = Pending.safeParse(parseJson(sealing.open(PURPOSE, value) ?? '')).data;
      return pending?.uid === uid ? pending : null;
    },
  };
}
