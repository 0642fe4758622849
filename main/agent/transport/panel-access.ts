import { createHash, timingSafeEqual } from 'node:crypto';

/** A one-time code expires after this many milliseconds, or after this many wrong attempts. */
export const CODE_LIFE_MS = 60_000;
export const MAX_WRONG_CODES = 5;
/** The first hex digits of a code identify it; the other 96 bits stay secret. */
const NAME_DIGITS = 8;

/** Who may use the panel: one-time codes, exchanged for session keys that are valid as long as this process lives. */
export interface PanelAccess {
  /** A new code, 128 bits as 32 hex digits. Works once, within 60 s. */
  issueCode(): string;
  /** @returns the session key (256 bits, 64 hex digits) that replaces the code, or null. */
  redeem(code: string): string | null;
  isSession(key: string): boolean;
}

/**
 * @param now milliseconds of a clock that never jumps (`performance.now`).
 * @param random `count` unpredictable bytes.
 */
export function createPanelAccess(now: () => number, random: (count: number) => Buffer): PanelAccess {
  // Only digests are kept, so that neither a heap dump nor the timing of a comparison reveals a code.
  let codes: { name: string; digest: Buffer; expires: number; wrong: number }[] = [];
  const sessions: Buffer[] = [];

  return {
    issueCode() {
      const code = random(16).toString('hex');
      codes = codes.filter((entry) => entry.expires > now());
      codes.push({ name: nameOf(code), digest: digestOf(code), expires: now() + CODE_LIFE_MS, wrong: 0 });
      return code;
    },
    redeem(code) {
      // An unknown code counts against none of ours: otherwise any web page could void them by opening the panel with made-up codes.
      const found = codes.find((entry) => entry.name === nameOf(code));
      if (found === undefined) return null;
      if (found.expires <= now() || !timingSafeEqual(found.digest, digestOf(code))) {
        found.wrong += 1;
        if (found.wrong >= MAX_WRONG_CODES) codes = codes.filter((entry) => entry !== found);
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

function nameOf(code: string): string {
  return code.slice(0, NAME_DIGITS);
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
