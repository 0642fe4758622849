import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/** Encrypts what must not be readable in the database, or in a browser's cookie. */
export interface Sealing {
  /** @param purpose what it is for: nothing that was sealed for one is opened for another */
  seal: (purpose: string, text: string) => string;
  /** @returns null: sealed with another key or for another purpose, or changed */
  open: (purpose: string, sealed: string) => string | null;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM (NIST SP 800-38D) with a key derived (RFC 5869) from the client's secret, without which what is sealed is worthless anyway. */
export function createSealing(secret: string, random: (bytes: number) => Buffer): Sealing {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'portcullis hub: external identity', 32));
  return {
    seal: (purpose, text) => {
      const iv = random(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose));
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open: (purpose, sealed) => {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch {
        return null;
      }
    },
  };
}
