import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../../main/cli/completion.ts';
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
