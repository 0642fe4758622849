import type { Command } from 'commander';

/** portcullis(1), from the commands themselves. @param date of the release, 2026-11-28 */
export function manPage(program: Command, version: string, date: string): string {
  return [
    `.TH PORTCULLIS 1 "${date}" "portcullis ${version}" "User Commands"`,
    '.SH NAME',
    `portcullis \\- ${text(program.description())}`,
    '.SH SYNOPSIS',
    '.B portcullis',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    'Signs in to an organization, keeps the container engines of this machine to the registries that the organization allows, and says why a',
    'pull is blocked.',
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => [...commandEntries(command, [])]),
    '.SH EXIT STATUS',
    ...[
      ['0', 'Success.'],
      ['1', 'A problem; one line on standard error says which, and what to do.'],
      ['2', 'An invalid command line.'],
      ['3', 'The answer is that something is blocked.'],
      ['4', 'The policy is not in force, or an attachment is not as it should be.'],
      ['5', 'Only further hosts, which cannot be known beforehand, decide.'],
    ].flatMap(([code = '', meaning = '']) => ['.TP', `.B ${code}`, meaning]),
    '.SH FILES',
    ...[
      ['/etc/portcullis/registry.json', 'The organizations whose members may sign in.'],
      ['/etc/portcullis/portcullis.json', 'Server, policy keys and other settings.'],
      ['/etc/portcullis/gateway.json', 'Configuration of the gateway.'],
      ['/etc/portcullis/attachment/', 'How the engines are attached.'],
      ['/var/lib/portcullis/', 'What the gateway enforces.'],
    ].flatMap(([file = '', meaning = '']) => ['.TP', `.I ${text(file)}`, meaning]),
    '.SH SEE ALSO',
    '.BR systemctl (1),',
    '.BR journalctl (1),',
    '.BR nft (8)',
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
