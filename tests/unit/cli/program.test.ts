import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { hubRunCommand } from '../../../main/cli/hub-command.ts';
import { commandFiles, createProgram } from '../../../main/cli/program.ts';

const ENTRY = join(import.meta.dirname, '../../../main/cli/index.ts');

const namesOf = ({ commands }: Command): string[] => commands.map((command) => command.name());

/** The modules that the command line loads, and what it says. */
function run(...words: string[]): { status: number | null; out: string; err: string; loaded: string[] } {
  const recorder = `import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify(loaded)));`;
  const hook = `data:text/javascript,${encodeURIComponent(recorder)}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', hook, ENTRY, ...words], {
    encoding: 'utf8',
  });
  const [err = '', loaded = '[]'] = stderr.split('LOADED ');
  return { status, out: stdout, err, loaded: JSON.parse(loaded) };
}

describe('the command line', () => {
  it.each(commandFiles)('names what the file of $names adds', async ({ names, add }) => {
    const program = new Command();
    await add(program, '.');
    expect(namesOf(program)).toEqual(names);
  });

  it('loads the file of the called command alone', async () => {
    expect(namesOf(await createProgram('.', ['sign-out', '--x'], [hubRunCommand]))).toEqual(['sign-in', 'sign-out']);
    const program = await createProgram('.', ['hub', 'run'], [hubRunCommand]);
    expect(namesOf(program)).toEqual(['hub']);
    const hub = program.commands.flatMap(namesOf);
    const operators = ['run', 'first-owner', 'backup', 'restore', 'move-to-postgres'];
    expect(hub).toEqual(expect.arrayContaining(operators));
    expect(hub.filter((name) => !operators.includes(name))).toEqual(
      (await createProgram('.', ['hub'])).commands.flatMap(namesOf),
    );
    expect(namesOf(await createProgram('.', ['--version'], [hubRunCommand]))).toEqual([]);
  });

  it.each([[[]], [['--help']], [['help', 'status']], [['completion', 'bash']], [['statsu']], [['--nothing']]])(
    'loads every command for %j',
    async (words) => {
      const all = commandFiles.flatMap(({ names }) => names);
      expect(namesOf(await createProgram('.', words, [hubRunCommand]))).toEqual(all);
    },
  );

  it('prints its version without loading schemas and problems', () => {
    const { status, out, err, loaded } = run('--version');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(loaded.some((url) => url.endsWith('main/cli/program.ts'))).toBe(true);
    expect(loaded.filter((url) => /node_modules\/(?!commander\/)|\/shared\//.test(url))).toEqual([]);
  });

  it.each([
    [['statsu'], "error: unknown command 'statsu'\n(Did you mean status?)\nFor usage: portcullis --help\n"],
    [['explain'], "error: missing required argument 'image-or-host'\nFor usage: portcullis explain --help\n"],
    [
      ['hub', 'set', '--mod'],
      "error: unknown option '--mod'\n(Did you mean --mode?)\nFor usage: portcullis hub set --help\n",
    ],
  ])('answers the wrong use %j with the error and where to read more', (words, said) => {
    const { status, out, err } = run(...words);
    expect([status, out, err]).toEqual([2, '', said]);
  });
});
