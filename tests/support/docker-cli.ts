import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandText, runCommand, runOrThrow, textOf } from '../../main/platform/process/run-command.ts';

export interface DockerOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another client than the `docker` of PATH. */
  readonly program?: string;
}

export interface DockerCli extends AsyncDisposable {
  /** Runs `docker ARGS...` and hands back what it said and its exit code. */
  run(args: readonly string[], options?: DockerOptions): Promise<CommandText>;
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
    run: async (args, { input = '', env = {}, program = 'docker' } = {}) =>
      textOf(await runCommand([program, ...args], { input, env: { ...base, ...env }, timeout: 120_000 })),
    ok: async (...args) =>
      (await runOrThrow(runCommand, ['docker', ...args], { env: base, timeout: 120_000 })).stdout.trim(),
    [Symbol.asyncDispose]: () => rm(settings, { recursive: true, force: true }),
  };
}

/**
 * A docker command that can build with BuildKit, or null: clients from 23 on need their plug-in buildx for it, and the one
 * beside them in Debian's docker.io 20.10 does not.
 */
export async function programWithBuildKit(docker: DockerCli): Promise<string | null> {
  for (const program of ['docker', '/usr/bin/docker']) {
    const input = 'FROM scratch\nLABEL built=yes\n';
    const { code } = await docker.run(['build', '--tag', 'buildkit-is-there', '-'], {
      ...{ program, input },
      env: { DOCKER_BUILDKIT: '1' },
    });
    if (code === 0) return program;
  }
  return null;
}
