import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandResult, runCommand, runOrThrow, textOf } from '../../../../main/platform/process/run-command.ts';

const node = (code: string): string[] => [process.execPath, '-e', code];
const exited = (code: number, stdout = '', stderr = ''): CommandResult => ({
  kind: 'exited',
  code,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
});

describe('running a command', () => {
  it('returns what it wrote and its exit code', async () => {
    const result = await runCommand(node("process.stdout.write('out'); process.stderr.write('err'); process.exit(3)"));
    expect(result).toEqual(exited(3, 'out', 'err'));
  });

  it('gives it the input, and does not mind one that is not read', async () => {
    expect(await runCommand(node('process.stdin.pipe(process.stdout)'), { input: 'in' })).toEqual(exited(0, 'in'));
    expect(await runCommand(node('process.exit(0)'), { input: 'x'.repeat(1_000_000) })).toEqual(exited(0));
  });

  it('gives it the environment and nothing else', async () => {
    const code = 'process.stdout.write(Object.keys(process.env).filter((name) => /^(HOME|GIVEN)$/.test(name)).join())';
    expect(await runCommand(node(code), { env: { GIVEN: '1' } })).toEqual(exited(0, 'GIVEN'));
  });

  it('looks a name up, and says which errno a start failed with', async () => {
    expect(await runCommand(['true'])).toEqual(exited(0));
    expect(await runCommand(['no-such-command-here'])).toMatchObject({ kind: 'failed', errno: 'ENOENT' });
    expect(await runCommand(['/no/such/command'])).toMatchObject({ kind: 'failed', errno: 'ENOENT' });
  });

  it('does not look up a command that is given with its path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-command-'));
    const path = process.env.PATH;
    try {
      const command = join(folder, 'tool');
      const decoy = join(folder, 'on-path', command);
      await mkdir(dirname(decoy), { recursive: true });
      await writeFile(command, '#!/bin/sh\nprintf real\n', { mode: 0o700 });
      await writeFile(decoy, '#!/bin/sh\nprintf decoy\n', { mode: 0o700 });
      process.env.PATH = join(folder, 'on-path');
      expect(await runCommand([command])).toEqual(exited(0, 'real'));
    } finally {
      process.env.PATH = path;
      await rm(folder, { recursive: true });
    }
  });

  it('kills what takes too long or writes too much', async () => {
    expect(await runCommand(node('setInterval(() => {}, 1000)'), { timeout: 50 })).toEqual({
      kind: 'failed',
      errno: null,
      cause: 'no answer within 0.05 s',
    });
    expect(await runCommand(node("process.stdout.write('x'.repeat(100_000))"), { maxOutput: 1_000 })).toEqual({
      kind: 'failed',
      errno: null,
      cause: 'more than 1000 bytes of output',
    });
  });
});

describe('a command that has to succeed', () => {
  const run = (result: CommandResult) => runOrThrow(async () => result, ['ip', 'route']);

  it('returns its text', async () => {
    expect(await run(exited(0, 'ä\n'))).toEqual({ code: 0, stdout: 'ä\n', stderr: '' });
  });

  it('is a problem with its last words', async () => {
    await expect(run(exited(2, 'out', 'no route\n'))).rejects.toMatchObject({
      problem: { code: 'command-failed', cause: 'no route' },
    });
    await expect(run(exited(2))).rejects.toMatchObject({ problem: { code: 'command-failed', cause: 'exit code 2' } });
    await expect(run({ kind: 'failed', errno: null, cause: 'no answer within 3 s' })).rejects.toMatchObject({
      problem: { code: 'command-failed', cause: 'no answer within 3 s' },
    });
  });

  it('is another problem where it cannot be started', async () => {
    await expect(run({ kind: 'failed', errno: 'ENOENT', cause: 'spawn ip ENOENT' })).rejects.toMatchObject({
      problem: { code: 'command-not-found', cause: 'spawn ip ENOENT' },
    });
  });
});

it('a command that did not run to its end has no exit code, and its cause for an output', () => {
  expect(textOf({ kind: 'failed', errno: null, cause: 'killed' })).toEqual({
    code: null,
    stdout: '',
    stderr: 'killed',
  });
});
