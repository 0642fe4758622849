import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ProblemError } from '../../shared/problem.ts';

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
    throw new Error(z.prettifyError(judged.error).replaceAll(/\s+/g, ' '));
  } catch (error) {
    throw badConfig(file, error instanceof Error ? error.message : String(error), documentation);
  }
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
