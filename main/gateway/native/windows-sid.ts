import { createHash } from 'node:crypto';

/** SIDs and access lists of Windows, as texts ([MS-DTYP] sections 2.4.2 and 2.5.1), which are the same in every language of Windows. */

export const SYSTEM = 'S-1-5-18';
export const ADMINISTRATORS = 'S-1-5-32-544';

/** Of `NT SERVICE\NAME`, the account that each service has of its own: its name in capitals, as a SHA-1 in five numbers. */
export function serviceSid(name: string): string {
  const digest = createHash('sha1').update(Buffer.from(name.toUpperCase(), 'utf16le')).digest();
  return `S-1-5-80-${[0, 4, 8, 12, 16].map((at) => digest.readUInt32LE(at)).join('-')}`;
}

/** The aliases that Windows writes for those that matter here; any other SID is written out. */
const ALIASES: Readonly<Record<string, string>> = { SY: SYSTEM, BA: ADMINISTRATORS };

/** The owner in a security descriptor, as a SID where it matters; null where none is named. */
export function ownerOf(sddl: string): string | null {
  const [, owner] = /^O:([A-Z]{2}|S-[\d-]+?)(?=[GDS]:|$)/.exec(sddl.trim()) ?? [];
  return owner === undefined ? null : (ALIASES[owner] ?? owner);
}

/** Read and write, but for FILE_CREATE_PIPE_INSTANCE: who has that can answer in the gateway's place. */
const PIPE_CLIENT = '0x12019b';

/** Accounts of people, and not of the system or a service. */
const PERSON = /^S-1-5-21-/;

/**
 * Who may open a pipe: administrators, the account that serves it and, where that is not somebody's own, those who are signed in at the
 * machine (`everyone-here`).
 */
export function pipeAccess(own: string, who: 'everyone-here' | 'administrators'): string {
  const full = [SYSTEM, ADMINISTRATORS, own].map((sid) => `(A;;FA;;;${sid})`).join('');
  return `D:P${full}${who === 'everyone-here' && !PERSON.test(own) ? `(A;;${PIPE_CLIENT};;;IU)` : ''}`;
}

/** What a client of a pipe asks for: the same, and no more. */
export const PIPE_CLIENT_RIGHTS = Number(PIPE_CLIENT);
