import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { readRegularFile } from '../read-regular-file.ts';

const MAX_BYTES = 1024;

/**
 * The value of `Proxy-Authorization` (RFC 7617) from a file with one line, `user:password`. The file must belong to root or `owner`
 * and nobody else may even read it. The result is a secret, and errors tell nothing of the content.
 *
 * @param owner this process's user; undefined where there are none
 * @throws ProblemError `proxy-credentials`
 */
export async function readProxyCredentials(path: string, owner: number | undefined): Promise<string> {
  const file = await readRegularFile(path, MAX_BYTES, owner);
  if (file.kind === 'absent') throw unusable(path, `${path} does not exist`);
  if (file.kind === 'refused') throw unusable(path, file.cause);
  if (owner !== undefined && (file.mode & 0o077) !== 0) {
    throw unusable(path, `${path} has mode ${(file.mode & 0o7777).toString(8)}, so other users can read or write it`);
  }
  const line = file.bytes.toString('utf8').replace(/\r?\n$/, '');
  // RFC 7617 section 2: no control characters, and no colon in the name.
  if (!/^[^:\p{Cc}\ufffd]+:[^\p{Cc}\ufffd]*$/u.test(line))
    throw unusable(path, `${path} is not one line of user:password`);
  return `Basic ${Buffer.from(line).toString('base64')}`;
}

function unusable(path: string, cause: string): ProblemError {
  return new ProblemError(problem('proxy-credentials', { file: path }, { cause }));
}
