import type { Command } from 'commander';

/** A usage error is one line, and where to read more: the whole help would push it off the screen. */
export function hintAtHelp(command: Command, path: readonly string[]): void {
  command.showHelpAfterError(`For usage: ${path.join(' ')} --help`);
  for (const sub of command.commands) hintAtHelp(sub, [...path, sub.name()]);
}
