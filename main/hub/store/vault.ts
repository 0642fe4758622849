import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

/** A key is 32 bytes (AES-256). */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What was encrypted begins so; nothing that is kept in the clear does. */
const PREFIX = 'sealed.';

/** Encrypts what must not be read in a stolen database or its backup: AES-256-GCM (NIST SP 800-38D) with a nonce of its own each. */
export interface Vault {
  /** Whether there is a key. */
  readonly isLocked: boolean;
  /** @param place where it is stored, which it is bound to: elsewhere it does not open */
  seal: (place: string, text: string) => string;
  /** @throws ProblemError `hub-key-wrong` */
  open: (place: string, stored: string) => string;
  /** Whether it is stored as `seal` would store it now: by the newest key, or in the clear where there is none. */
  isCurrent: (stored: string) => boolean;
}

/** What was opened is kept, for keys are needed at each request. */
const MAX_OPENED = 1000;

/** @param keys the newest first; what an older one encrypted still opens. Without any, nothing is encrypted. */
export function createVault(keys: readonly Buffer[], random: (bytes: number) => Buffer): Vault {
  const byId = new Map(keys.map((key) => [idOf(key), key]));
  const [newest] = byId;
  const opened = new Map<string, string>();

  return {
    isLocked: newest !== undefined,
    seal: (place, text) => {
      if (newest === undefined) return text;
      const [id, key] = newest;
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${PREFIX}${id}.${sealed.toString('base64url')}`;
    },
    open: (place, stored) => {
      if (!stored.startsWith(PREFIX)) return stored;
      const known = opened.get(`${place} ${stored}`);
      if (known !== undefined) return known;
      const text = decrypted(place, stored);
      if (opened.size >= MAX_OPENED) opened.clear();
      opened.set(`${place} ${stored}`, text);
      return text;
    },
    isCurrent: (stored) =>
      newest === undefined ? !stored.startsWith(PREFIX) : stored.startsWith(`${PREFIX}${newest[0]}.`),
  };

  function decrypted(place: string, stored: string): string {
    const [id = '', content = ''] = stored.slice(PREFIX.length).split('.');
    const key = byId.get(id);
    if (key === undefined) throw wrong();
    const sealed = Buffer.from(content, 'base64url');
    const tagAt = sealed.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(tagAt));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new ProblemError(problem('hub-key-wrong'), { cause: error });
    }
  }

  function wrong(): ProblemError {
    return new ProblemError(problem(newest === undefined ? 'hub-key-needed' : 'hub-key-wrong'));
  }
}

/** Of a hub without a key. */
export const OPEN_VAULT: Vault = createVault([], () => {
  throw new Error('there is nothing to encrypt by');
});

/** Names a key without telling it. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('portcullis hub key').update(key).digest('base64url').slice(0, 12);
}
