import { readFile } from 'node:fs/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';

/**
 * The token of a pipeline, from a file or from the environment. Never from an argument, which every user of the machine could read.
 *
 * @returns null where there is none: somebody signs in
 * @throws ProblemError `pipeline-token-unreadable`
 */
export async function pipelineToken(env: NodeJS.ProcessEnv): Promise<string | null> {
  const { PORTCULLIS_TOKEN_FILE: file = '', PORTCULLIS_TOKEN: given = '' } = env;
  const token = (file === '' ? given : await readToken(file)).trim();
  if (token === '') return null;
  // It becomes a header: nothing else may come along.
  if (!/^[\w.~+/-]+=*$/.test(token)) throw unreadable(file, 'not a token');
  return token;
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  });
  if (text.trim() === '') throw unreadable(file, 'the file is empty');
  return text;
}

function unreadable(file: string, cause: string): ProblemError {
  const place = file === '' ? 'PORTCULLIS_TOKEN' : file;
  return new ProblemError(problem('pipeline-token-unreadable', { place }, { cause }));
}
