import { lstat, readFile } from 'node:fs/promises';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { KEY_BYTES } from './vault.ts';

/** The environment variable that holds the keys where no file is named. */
export const KEY_VARIABLE = 'PORTCULLIS_HUB_KEY';

/**
 * The keys that secrets in the database are encrypted by, the newest first; none where none is configured.
 * @throws ProblemError `hub-key-unusable`
 */
export async function readHubKeys(keyFile: string | undefined, env: NodeJS.ProcessEnv): Promise<Buffer[]> {
  if (keyFile === undefined) {
    const text = env[KEY_VARIABLE];
    return text === undefined || text === '' ? [] : parseKeys(text, KEY_VARIABLE);
  }
  let text: string;
  try {
    const { mode } = await lstat(keyFile);
    // Windows has no mode bits; there the folder's access list protects the file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new Error('other users can read it');
    text = await readFile(keyFile, 'utf8');
  } catch (error) {
    throw unusable(keyFile, error instanceof Error ? error.message : String(error));
  }
  return parseKeys(text, keyFile);
}

function parseKeys(text: string, file: string): Buffer[] {
  const lines = text.split(/\s+/).filter((line) => line !== '');
  if (lines.length === 0) throw unusable(file, 'it is empty');
  return lines.map((line, index) => {
    const key = Buffer.from(line, 'base64');
    if (key.length !== KEY_BYTES || !/^[\w+/-]+=*$/.test(line)) throw unusable(file, `key ${index + 1} is not one`);
    return key;
  });
}

function unusable(file: string, cause: string): ProblemError {
  return new ProblemError(problem('hub-key-unusable', { file }, { cause }));
}
