import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { pathInWords, schemaFault } from './schema-fault.ts';

/**
 * Reads the JSON file of a `--config FILE`.
 *
 * @param documentation the page that describes it.
 * @throws ProblemError `bad-config` with the file and its first fault, in words.
 */
export async function readConfigFile<T extends z.ZodType>(
  file: string,
  schema: T,
  documentation: string,
): Promise<z.output<T>> {
  try {
    const judged = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (judged.success) return judged.data;
    const [issue] = judged.error.issues;
    throw new Error(issue ? `${subjectOf(issue.path)}: ${schemaFault(issue)}` : judged.error.message);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new ProblemError({
        code: 'bad-config',
        message: `There is no configuration at ${file}.`,
        cause: 'ENOENT',
        next: `Give the path of yours with --config; ${documentation} describes what is in it.`,
      });
    }
    throw badConfig(file, error instanceof Error ? error.message : String(error), documentation);
  }
}

function subjectOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : `"${pathInWords(path)}"`;
}

/** For what a schema cannot say. */
export function badConfig(file: string, cause: string, documentation: string): ProblemError {
  return new ProblemError({
    code: 'bad-config',
    message: `The configuration ${file} cannot be used.`,
    cause: cause.slice(0, 800),
    next: `Mend the file; ${documentation} describes each setting.`,
  });
}
