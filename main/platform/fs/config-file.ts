import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { positionInWords } from './file-problem.ts';
import { pathInWords, schemaFault } from './schema-fault.ts';
import { parseStrictJson, positionOfPath } from './strict-json.ts';

/** A fault that a schema cannot express. */
export interface ConfigFault {
  /** Of the setting, as in `['dns', 'engine', 0]`. */
  path: readonly PropertyKey[];
  /** The end of a sentence that begins with the setting. */
  fault: string;
}

/**
 * Reads the JSON file of a `--config FILE`.
 *
 * @param documentation the page that describes it.
 * @param faultIn what else is wrong with a file that the schema accepts.
 * @throws ProblemError `config-not-found`, `bad-config` with the first fault, its line and its column as its cause.
 */
export async function readConfigFile<T extends z.ZodType>(
  file: string,
  schema: T,
  documentation: string,
  faultIn: (config: z.output<T>) => ConfigFault | null = () => null,
): Promise<z.output<T>> {
  const bad = (cause: string) => new ProblemError(problem('bad-config', { file, documentation }, { cause }));
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new ProblemError(problem('config-not-found', { file, documentation }));
    throw bad(error.message);
  });
  const json = parseStrictJson(bytes);
  if (!json.ok) throw bad(positionInWords(json.problem, json.problem.message));
  const document = json.value;
  const badAt = (path: readonly PropertyKey[], fault: string) =>
    bad(positionInWords(positionOfPath(path, document), fault));
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue === undefined) throw bad(parsed.error.message);
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
    throw badAt(path, `${subjectOf(issue.path)} ${schemaFault(issue)}`);
  }
  const found = faultIn(parsed.data);
  if (found !== null) throw badAt(found.path, `${subjectOf(found.path)} ${found.fault}`);
  return parsed.data;
}

function subjectOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : `"${pathInWords(path)}"`;
}
