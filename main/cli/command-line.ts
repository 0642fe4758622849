import { type CommandFile, createProgram } from './program.ts';
import { runWords } from './run-words.ts';

/**
 * Runs what was typed after `portcullis`, and sets the exit code.
 *
 * @param panel as of `createProgram`
 * @param more as of `createProgram`
 */
export function commandLine(panel: string, more: readonly CommandFile[] = []): Promise<void> {
  return runWords((words) => createProgram(panel, words, more));
}
