import { type Command, Option } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `portcullis completion SHELL`: prints a script that completes commands and options, from the commands themselves. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .argument('<shell>', SHELLS.join(', '))
    .description('print a script that completes commands and options in your shell')
    .addHelpText('after', '\nFor bash, in ~/.bashrc:\n  source <(portcullis completion bash)')
    .action((shell: string, _options: unknown, command: Command) => {
      const known = SHELLS.find((name) => name === shell);
      if (known === undefined) command.error(`error: unknown shell; choose one of ${SHELLS.join(', ')}`);
      else process.stdout.write(`${completionScript(program, known)}\n`);
    });
}

/** What can follow the words of a command. */
interface Entry {
  /** `gateway status`; empty for the program itself. */
  path: string;
  commands: { name: string; description: string }[];
  options: { long: string; description: string; values: readonly string[]; takesFile: boolean }[];
}

/** @param program with all its commands */
export function completionScript(program: Command, shell: Shell): string {
  const entries = [...entriesOf(program, [])];
  return shell === 'fish' ? fishScript(entries) : bashScript(entries, shell);
}

function* entriesOf(command: Command, path: readonly string[]): Generator<Entry> {
  const help = new Option('--help', 'display help');
  yield {
    path: path.join(' '),
    commands: command.commands.map((sub) => ({ name: sub.name(), description: sub.description() })),
    options: [...command.options, help].flatMap(({ long, description, argChoices = [], required, optional }) =>
      long == null ? [] : [{ long, description, values: argChoices, takesFile: required || optional }],
    ),
  };
  for (const sub of command.commands) yield* entriesOf(sub, [...path, sub.name()]);
}

/** zsh runs it too, by its own bashcompinit. */
function bashScript(entries: readonly Entry[], shell: 'bash' | 'zsh'): string {
  const paths = entries.flatMap(({ path }) => (path === '' ? [] : [`"${path}"`]));
  const values = new Map(entries.flatMap(({ options }) => options).map(({ long, values }) => [long, values]));
  const byOption = [...values].flatMap(([long, all]) =>
    all.length === 0 ? [] : [`    ${long}) words="${all.join(' ')}" ;;`],
  );
  const byPath = entries.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ long }) => long)];
    return `      "${path}") words="${words.join(' ')}" ;;`;
  });
  const start =
    shell === 'zsh' ? 'autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n' : '';
  return `${start}_portcullis() {
  local word so_far="" candidate words="" i
  word=\${COMP_WORDS[COMP_CWORD]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    candidate="$so_far\${so_far:+ }\${COMP_WORDS[i]}"
    case "$candidate" in ${paths.join(' | ')}) so_far=$candidate ;; esac
  done
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${byOption.join('\n')}
    *) case "$so_far" in
${byPath.join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _portcullis portcullis`;
}

/** A file `_portcullis` for a folder of zsh's `fpath`: zsh runs it as a function when somebody completes for the first time. @param program with all its commands */
export function zshFunction(program: Command): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  // A colon ends what is completed and begins what is said of it.
  const described = (word: string, description: string): string =>
    quoted(`${word.replaceAll(':', '\\:')}:${description.replaceAll('\\', '\\\\')}`);
  const entries = [...entriesOf(program, [])];
  const paths = entries.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  const options = new Map(entries.flatMap((entry) => entry.options.map((option) => [option.long, option] as const)));
  const byOption = [...options.values()].flatMap(({ long, values, takesFile }) => {
    if (values.length > 0) return [`    ${long}) compadd -- ${values.map(quoted).join(' ')}; return ;;`];
    return takesFile ? [`    ${long}) _files; return ;;`] : [];
  });
  const byPath = entries.map(({ path, commands, options: own }) => {
    const names = commands.map(({ name, description }) => described(name, description)).join(' ');
    const longs = own.map(({ long, description }) => described(long, description)).join(' ');
    return `    ${quoted(path)}) commands=(${names}) options=(${longs}) ;;`;
  });
  // Not `path`, which is zsh's own name for PATH.
  return `#compdef portcullis
_portcullis() {
  local so_far='' candidate i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    candidate="$so_far\${so_far:+ }\${words[i]}"
    case "$candidate" in ${paths.join(' | ')}) so_far=$candidate ;; esac
  done
  case "\${words[CURRENT - 1]}" in
${byOption.join('\n')}
  esac
  case "$so_far" in
${byPath.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe option options
  elif ((\${#commands})); then
    _describe command commands
  else
    _files
  fi
}
_portcullis "$@"`;
}

function fishScript(entries: readonly Entry[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  const lines = entries.flatMap(({ path, commands, options }) => {
    const names = commands.map(({ name }) => name).join(' ');
    const words = path === '' ? [] : path.split(' ');
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const unseen = names === '' ? [] : [`not __fish_seen_subcommand_from ${names}`];
    const when = `-n ${quoted([...seen, ...unseen].join('; and ') || 'true')}`;
    return [
      ...commands.map(
        ({ name, description }) => `complete -c portcullis -f ${when} -a ${name} -d ${quoted(description)}`,
      ),
      ...options.map(({ long, description, values, takesFile }) => {
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesFile ? ' -r' : '';
        return `complete -c portcullis ${when} -l ${long.slice(2)}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return lines.join('\n');
}
