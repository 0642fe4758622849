import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { hubRunCommand } from '../../../main/cli/hub-command.ts';
import { createProgram } from '../../../main/cli/program.ts';

/** `sign-in`, `gateway run`: whatever can be called, with its long options. */
function* callable(command: Command, path: string[]): Generator<{ words: string; options: string[] }> {
  for (const sub of command.commands) {
    const here = [...path, sub.name()];
    if (sub.commands.length > 0) yield* callable(sub, here);
    else yield { words: here.join(' '), options: sub.options.flatMap(({ long }) => long ?? []) };
  }
}

it('docs/cli.md names every command with every option', async () => {
  const guide = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  const program = await createProgram('.', [], [hubRunCommand]);
  const commands = [...callable(program, [])];
  expect(commands.length).toBeGreaterThan(9);
  for (const { words, options } of commands) {
    const row = guide.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${words}`)) ?? '';
    expect(row, `no row for ${words}`).not.toBe('');
    for (const option of options) expect(row, `${words} has ${option}`).toContain(option);
  }
});
