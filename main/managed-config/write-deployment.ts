import { type FileHandle, open, unlink } from 'node:fs/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';

/** Everybody reads it, whatever the umask: the panel of each user shows what it says. */
const READABLE = 0o644;

/**
 * Writes the whole file or none.
 *
 * @param replace false: a file that is there is left alone, also one that appears at this moment.
 * @throws ProblemError `file-exists`, `output-not-written`.
 */
export async function writeReadableFile(path: string, content: Uint8Array, replace: boolean): Promise<void> {
  if (replace) {
    await writeFileAtomic(path, content, READABLE).catch((error: unknown) => {
      const cause = error instanceof ProblemError ? (error.problem.cause ?? '') : String(error);
      throw new ProblemError(problem('output-not-written', { file: path }, { cause }));
    });
    return;
  }
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx', READABLE);
    await file.chmod(READABLE);
    await file.writeFile(content);
    await file.sync();
    await file.close();
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (file !== undefined) {
      await file.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
    }
    throw new ProblemError(
      problem(cause === 'EEXIST' ? 'file-exists' : 'output-not-written', { file: path }, { cause }),
    );
  }
}
