import { readFile } from 'node:fs/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { fileProblemText } from '../../shared/problems/problem-line.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parsePortcullisJson } from './portcullis-json.ts';

/**
 * An administrator's draft, written like `portcullis.json`, to be put into another format. Unlike on a machine, a setting that nobody knows
 * is an error: it would be lost on the way.
 *
 * @throws ProblemError `settings-file-unusable`.
 */
export async function readSettingsFile(file: string): Promise<PortcullisSettings> {
  const unusable = (cause: string) => new ProblemError(problem('settings-file-unusable', { file }, { cause }));
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unusable(error.code ?? error.message);
  });
  const content = parsePortcullisJson(bytes);
  const [fault] = content.problems;
  if (content.verdict === 'present' && fault === undefined) return content.value;
  throw unusable(fault === undefined ? 'it contains none' : fileProblemText(fault));
}
