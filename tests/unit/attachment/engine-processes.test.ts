import { expect, it, onTestFinished } from 'vitest';
import { runningPrograms } from '../../../main/attachment/engine-processes.ts';
import { playedHost } from './played-host.ts';

const pidsOf = async (processes: Readonly<Record<number, readonly [program: string, commandLine: string]>>) => {
  const host = playedHost();
  onTestFinished(() => host[Symbol.dispose]());
  for (const [pid, [program, commandLine]] of Object.entries(processes)) {
    host.put(`/proc/${pid}/comm`, `${program}\n`);
    host.put(`/proc/${pid}/cmdline`, commandLine);
  }
  return (await runningPrograms(host.machine, new Set(['dockerd', 'containerd']))).map(({ pid }) => pid);
};

it('finds the processes of these programs, and no others', async () => {
  const processes = {
    1: ['systemd', '/sbin/init\0'],
    22: ['dockerd', '/usr/sbin/dockerd\0-H\0fd://\0'],
    23: ['containerd', '/usr/bin/containerd\0'],
    24: ['containerd-shim', '/usr/bin/containerd-shim-runc-v2\0'],
  } as const;
  expect(await pidsOf(processes)).toEqual([22, 23]);
});

it.each(['--version', '-v'])('leaves out one that was only asked for its version with %s', async (option) => {
  expect(await pidsOf({ 22: ['containerd', `containerd\0${option}\0`] })).toEqual([]);
});

it.each([
  ['another argument beside it', 'dockerd\0--version\0--host=tcp://0.0.0.0\0'],
  ['another option', 'dockerd\0--verbose\0'],
  ['no arguments', 'dockerd\0'],
  ['arguments that cannot be read', ''],
])('keeps one with %s', async (_, commandLine) => {
  expect(await pidsOf({ 22: ['dockerd', commandLine] })).toEqual([22]);
});
