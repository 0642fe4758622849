import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, writeFileAtomic } from '../../platform/fs/atomic-file.ts';

/** Older ones have been sent by now, or are not needed. */
const KEPT = 5;

/**
 * Writes a report that only its user can read, and deletes the oldest ones.
 *
 * @returns its path
 * @throws ProblemError `cannot-write`
 */
export async function saveReport(folder: string, name: string, text: string): Promise<string> {
  await makePrivateFolder(folder);
  const file = join(folder, name);
  await writeFileAtomic(file, text);
  const ours = (await readdir(folder)).filter((each) => /^portcullis-report-.*\.json$/.test(each) && each !== name);
  // The time is at the end of the name, behind the run that made it.
  const newestFirst = ours.sort((a, b) => (timeIn(a) < timeIn(b) ? 1 : -1));
  for (const old of newestFirst.slice(KEPT - 1)) await rm(join(folder, old), { force: true });
  return file;
}

function timeIn(name: string): string {
  return name.slice(name.lastIndexOf('-') + 1);
}
