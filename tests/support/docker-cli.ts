import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCommand, runOrThrow } from '../../main/platform/command.ts';

export interface DockerCli extends AsyncDisposable {
  /** Runs `docker ARGS...` and hands back what it said and its exit code. */
  run(args: readonly string[], options?: { input?: string; env?: Record<string, string> }): Promise<CommandResult>;
  /** The same, where anything but success is a fault of the test. @returns its standard output, trimmed */
  ok(...args: string[]): Promise<string>;
}

/**
 * The docker command of this machine, talking to one engine: without the user's settings, log-ins and proxies, which would make
 * the tests depend on who runs them.
 */
export async function dockerCli(socket: string): Promise<DockerCli> {
  const settings = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  const base = { PATH: process.env.PATH, HOME: settings, DOCKER_CONFIG: settings, DOCKER_HOST: `unix://${socket}` };
  return {
    run: (args, { input = '', env = {} } = {}) =>
      runCommand(['docker', ...args], { input, env: { ...base, ...env }, timeout: 120_000 }),
    ok: async (...args) =>
      (await runOrThrow(runCommand, ['docker', ...args], { env: base, timeout: 120_000 })).stdout.trim(),
    [Symbol.asyncDispose]: () => rm(settings, { recursive: true, force: true }),
  };
}
