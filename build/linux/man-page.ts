import type { Command } from 'commander';

/** What a manual says beside the commands, which speak for themselves. */
export interface ManualTexts {
  readonly description: string;
  readonly exitStatus: readonly (readonly [code: string, meaning: string])[];
  readonly files: readonly (readonly [file: string, meaning: string])[];
  /** As in `systemctl (1)`. */
  readonly seeAlso: readonly string[];
}

/** The manual in section 1, from the commands themselves. @param date of the release, 2026-11-28 */
export function manPage(program: Command, texts: ManualTexts, version: string, date: string): string {
  const name = program.name();
  return [
    `.TH ${name.toUpperCase()} 1 "${date}" "portcullis ${version}" "User Commands"`,
    '.SH NAME',
    `${text(name)} \\- ${text(program.description())}`,
    '.SH SYNOPSIS',
    `.B ${text(name)}`,
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    texts.description,
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => [...commandEntries(command, [])]),
    '.SH EXIT STATUS',
    ...texts.exitStatus.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, meaning]),
    '.SH FILES',
    ...texts.files.flatMap(([file, meaning]) => ['.TP', `.I ${text(file)}`, meaning]),
    '.SH SEE ALSO',
    ...texts.seeAlso.map((page, index) => `.BR ${page}${index < texts.seeAlso.length - 1 ? ',' : ''}`),
    '',
  ].join('\n');
}

function* commandEntries(command: Command, above: readonly string[]): Generator<string> {
  const path = [...above, command.name()];
  if (command.commands.length > 0) {
    for (const sub of command.commands) yield* commandEntries(sub, path);
    return;
  }
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? name : `[${name}]`;
  });
  yield '.TP';
  yield `.B ${text([...path, ...words].join(' '))}`;
  yield `${sentence(command.description())}`;
  for (const option of command.options.filter(({ hidden }) => !hidden)) {
    yield '.RS';
    yield '.TP';
    yield `.B ${text(option.flags)}`;
    yield sentence(option.description);
    yield '.RE';
  }
}

function sentence(description: string): string {
  return text(`${description.charAt(0).toUpperCase()}${description.slice(1)}.`);
}

/** roff reads backslashes, hyphens, and dots and apostrophes at the start of a line. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
