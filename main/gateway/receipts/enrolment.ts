import { join } from 'node:path';
import { z } from 'zod';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { codeId, codeProof, normalizeCode, type ProofScope } from '../../platform/enrolment/enrolment-code.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { readRegularFile } from '../read-regular-file.ts';

/** So long is a code shown to be known: as long as a hub accepts one at most. */
const KEPT_MS = 30 * 24 * 3_600_000;

const StoredCode = z.strictObject({ code: z.string().max(64), at: z.number() });
type StoredCode = z.infer<typeof StoredCode>;

/** The one-time code that root gave to this gateway. It stays here: a receipt proves that it is known, and passes through the user's agent. */
export interface Enrolment {
  /** @returns false where it is no code. @throws ProblemError `cannot-write` */
  give(code: string): Promise<boolean>;
  claim(scope: ProofScope): ReceiptClaims['enrolment'] | null;
}

/** @param uid whose file it has to be, but for root's; undefined on Windows. */
export async function openEnrolment(folder: string, uid: number | undefined, clock: Clock): Promise<Enrolment> {
  const file = join(folder, 'enrolment.json');
  let stored = await readStored(file, uid);
  return {
    async give(text) {
      const code = normalizeCode(text);
      if (code === null) return false;
      const next: StoredCode = { code, at: clock.wall() };
      await writeFileAtomic(file, `${JSON.stringify(next)}\n`);
      stored = next;
      return true;
    },
    claim(scope) {
      if (stored === null || Math.abs(clock.wall() - stored.at) > KEPT_MS) return null;
      return { id: codeId(stored.code), proof: codeProof(stored.code, scope) };
    },
  };
}

/** One that cannot be used is as good as none: root gives another. */
async function readStored(file: string, uid: number | undefined): Promise<StoredCode | null> {
  const read = await readRegularFile(file, 4096, uid);
  if (read.kind !== 'read') return null;
  try {
    const stored = StoredCode.parse(JSON.parse(read.bytes.toString('utf8')));
    return normalizeCode(stored.code) === null ? null : stored;
  } catch {
    return null;
  }
}
