import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript, zshFunction } from '../../../main/cli/completion.ts';
import { hubRunCommand } from '../../../main/cli/hub-command.ts';
import { createProgram } from '../../../main/cli/program.ts';

const program = await createProgram('.', [], [hubRunCommand]);

/** What bash offers for these words, of which the last is being typed. */
function offered(...words: string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(' ');
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(portcullis ${typed}); COMP_CWORD=${words.length}; _portcullis; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

describe.skipIf(process.platform === 'win32')('completion in bash', () => {
  it.each([
    [['st'], ['status']],
    [
      ['hub', 'sign'],
      ['sign-in', 'sign-out'],
    ],
    [['status', '--w'], ['--watch']],
    [['explain', 'nginx', '--j'], ['--json']],
    [['gateway', 'status', '--c'], ['--config']],
    [
      ['hub', 'set', '--mode', ''],
      ['enforce', 'audit'],
    ],
    [['nothing', 'such', 'sta'], ['status']],
  ])('offers for %j %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  it('offers every command', () => {
    expect(offered('')).toEqual([...program.commands.map((command) => command.name()), '--version', '--help']);
  });
});

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

/** zsh's own functions, which say what they were given. */
const ZSH = `
_describe() { print -rl -- "\${(P@)2}" }
_files() { print -r -- FILES }
compadd() { shift; print -rl -- "$@" }`;

describe.skipIf(!hasZsh)('the file for zsh', () => {
  it.each([
    [
      ['gateway', ''],
      ['run:', 'status:', 'identity:', 'enrol:', 'reset-revision:'],
    ],
    [
      ['status', '--'],
      ['--json:', '--check:', '--sent:', '--watch:', '--help:'],
    ],
    [
      ['hub', 'set', '--mode', ''],
      ['enforce', 'audit'],
    ],
    [['gateway', 'status', '--config', ''], ['FILES']],
    [['explain', 'nginx', ''], ['FILES']],
  ])('offers for %j %j', (words, expected) => {
    const typed = words.map((word) => `'${word}'`).join(' ');
    const script = `${ZSH}\nwords=(portcullis ${typed}); CURRENT=${words.length + 1}\n${zshFunction(program)}`;
    const { status, stdout, stderr } = spawnSync('zsh', ['-fc', script], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const offers = stdout.trim().split('\n');
    expect(offers.map((offer) => offer.slice(0, offer.indexOf(':') + 1 || undefined))).toEqual(expected);
  });
});

describe('completion elsewhere', () => {
  it('is in zsh what it is in bash', () => {
    const zsh = completionScript(program, 'zsh');
    expect(zsh).toContain('bashcompinit');
    expect(zsh.endsWith(completionScript(program, 'bash'))).toBe(true);
  });

  it('has in fish a line for each command and option, with its quotes escaped', () => {
    const lines = completionScript(program, 'fish').split('\n');
    expect(lines.every((line) => line.startsWith('complete -c portcullis '))).toBe(true);
    expect(
      lines.some((line) => line.includes("-a sync -d 'fetch the policy from the organization\\'s server now'")),
    ).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/_from set' -l mode -x -a 'enforce audit'/));
  });
});
