import { createHash, timingSafeEqual } from 'node:crypto';

/** How long a one-time code is good for, and how many wrong ones void all that are outstanding. */
export const CODE_LIFE_MS = 60_000;
export const MAX_WRONG_CODES = 5;

/** Who may use the panel: one-time codes, traded for session keys that live as long as this process. */
export interface PanelAccess {
  /** A new code, 128 bits as 32 hex digits, good once and for 60 s. */
  issueCode(): string;
  /** The session key (256 bits, 64 hex digits) that the code is traded for, or null. */
  redeem(code: string): string | null;
  isSession(key: string): boolean;
}

/**
 * @param now milliseconds of a clock that never jumps (`performance.now`).
 * @param random `count` unpredictable bytes.
 */
export function createPanelAccess(now: () => number, random: (count: number) => Buffer): PanelAccess {
  // Only digests are held, so that neither a heap dump nor a comparison's timing tells a code.
  let codes: { digest: Buffer; expires: number }[] = [];
  const sessions: Buffer[] = [];
  let wrong = 0;

  return {
    issueCode() {
      const code = random(16).toString('hex');
      codes = codes.filter((entry) => entry.expires > now());
      codes.push({ digest: digestOf(code), expires: now() + CODE_LIFE_MS });
      wrong = 0;
      return code;
    },
    redeem(code) {
      const digest = digestOf(code);
      const found = codes.filter((entry) => timingSafeEqual(entry.digest, digest)).at(0);
      if (found === undefined || found.expires <= now()) {
        wrong += 1;
        if (wrong >= MAX_WRONG_CODES) codes = [];
        return null;
      }
      codes = codes.filter((entry) => entry !== found);
      const key = random(32).toString('hex');
      sessions.push(digestOf(key));
      return key;
    },
    isSession(key) {
      const digest = digestOf(key);
      return sessions.filter((session) => timingSafeEqual(session, digest)).length > 0;
    },
  };
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
