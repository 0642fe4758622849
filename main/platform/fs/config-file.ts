import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { pathInWords, schemaFault } from './schema-fault.ts';

/**
 * Reads the JSON file of a `--config FILE`.
 *
 * @param documentation the page that describes it.
 * @throws ProblemError `config-not-found`, `bad-config` with the first fault as its cause.
 */
export async function readConfigFile<T extends z.ZodType>(
  file: string,
  schema: T,
  documentation: string,
): Promise<z.output<T>> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new Error(issue ? `${subjectOf(issue.path)}: ${schemaFault(issue)}` : parsed.error.message);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new ProblemError(problem('config-not-found', { file, documentation }));
    }
    throw badConfig(file, error instanceof Error ? error.message : String(error), documentation);
  }
}

function subjectOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : `"${pathInWords(path)}"`;
}

/** For faults that a schema cannot express. */
export function badConfig(file: string, cause: string, documentation: string): ProblemError {
  return new ProblemError(problem('bad-config', { file, documentation }, { cause }));
}
