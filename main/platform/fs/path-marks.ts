import { type BigIntStats, lstatSync } from 'node:fs';
import { foldersOf, realPathOf } from './real-path.ts';

/** A file written twice within one step of the file system's clock shows one time for both. Milliseconds. */
const SETTLED = 2_000;

/**
 * What shows that a file would be read as before: of the file everything that a change of it changes, of each folder and link on the way to
 * it who may write there, and where the links lead.
 *
 * @param wall now, milliseconds since 1970.
 * @returns a text to be compared with that of a later moment; null where equal texts would prove nothing: a file written just now or in
 * the future, an error, and Windows, whose permissions these figures do not show.
 */
export function pathMarks(path: string, wall: number, platform = process.platform): string | null {
  if (platform === 'win32') return null;
  try {
    const real = realPathOf(path);
    const file = look(real);
    const marks = [real, file === undefined ? 'absent' : marksOfFile(file, wall)];
    for (const each of new Set([path, real])) {
      for (const at of [each, ...foldersOf(each)]) marks.push(marksOf(look(at)));
    }
    return marks.includes(null) ? null : marks.join('\n');
  } catch {
    return null;
  }
}

/** undefined where nothing is. */
function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function marksOfFile({ size, mtimeNs, ctimeNs }: BigIntStats, wall: number): string | null {
  const isSettled = ctimeNs / 1_000_000n + BigInt(SETTLED) < BigInt(Math.floor(wall));
  return isSettled ? `${size} ${mtimeNs} ${ctimeNs}` : null;
}

function marksOf(stats: BigIntStats | undefined): string {
  if (stats === undefined) return 'absent';
  const { dev, ino, mode, uid, gid } = stats;
  return `${dev} ${ino} ${mode} ${uid} ${gid}`;
}
