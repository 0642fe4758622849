import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCommand } from '../../main/platform/process/find-command.ts';
import { runCommand, runOrThrow } from '../../main/platform/process/run-command.ts';
import type { DockerCli } from './docker-cli.ts';

/**
 * Makes an image from scratch: commands of this machine with the libraries they are linked to, at the same paths, so that a
 * container of it can do something without anything from the Internet.
 *
 * @param commands names on PATH, for example `sleep`; the first one is what a container runs
 */
export async function importImage(
  docker: DockerCli,
  reference: string,
  commands: readonly [string, ...string[]],
): Promise<void> {
  const files = new Set<string>();
  const paths: string[] = [];
  for (const name of commands) {
    const path = findCommand(name, process.env.PATH);
    if (path === null) throw new Error(`${name} is not installed`);
    paths.push(path);
    files.add(path);
    // `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`
    const { stdout } = await runOrThrow(runCommand, ['ldd', path]);
    for (const [library] of stdout.matchAll(/(?<=\s)\/\S+(?= \(0x)/g)) files.add(library);
  }
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-image-'));
  try {
    const archive = join(folder, 'image.tar');
    // --dereference: on Debian /lib and /bin are links into /usr, which the image does not have.
    await runOrThrow(runCommand, [
      ...['tar', '--create', '--dereference', '--file', archive, '--directory', '/'],
      ...[...files].map((path) => path.slice(1)),
    ]);
    await docker.ok('import', '--change', `CMD ${JSON.stringify([paths[0]])}`, archive, reference);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Puts an image of an engine into a registry, by its address, so that no name and no policy is needed. The engine has to be
 * without a proxy and to trust the registry's authority.
 *
 * @param image `app:1`, the same in both
 * @param registry `10.200.0.10:443`
 */
export async function seedRegistry(docker: DockerCli, image: string, registry: string): Promise<void> {
  const target = `${registry}/${image}`;
  await docker.ok('tag', image, target);
  await docker.ok('push', target);
  await docker.ok('rmi', target);
}
