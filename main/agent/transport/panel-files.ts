import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { readStaticFiles, type StaticFile } from '../../platform/http/static-files.ts';

export type PanelFile = StaticFile;

/**
 * The built panel.
 *
 * @returns by URL path: `/` and `/assets/…`.
 * @throws ProblemError `panel-not-built`.
 */
export function loadPanelFiles(folder: string): Map<string, PanelFile> {
  try {
    return readStaticFiles(folder);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('panel-not-built', {}, { cause }), { cause: error });
  }
}
