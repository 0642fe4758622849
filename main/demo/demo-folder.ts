import { readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { makePrivateFolder, writeFileAtomic } from '../platform/fs/atomic-file.ts';

/** The ports that were free at the first start; later starts take the same, so that addresses stay what they were. */
const Ports = z.object({
  dns: z.number().int().default(0),
  proxy: z.number().int().default(0),
  panel: z.number().int().default(0),
});
export type Ports = z.infer<typeof Ports>;

/** Everything the demo remembers lies in this one folder. */
export interface DemoFolder {
  path: string;
  hub: string;
  gateway: string;
  agent: string;
  /** For sockets: nobody else may come near them. */
  run: string;
  /** Plays the administrator's folder: what would be in `/etc` and `/usr/share` on a managed machine. */
  managed: string;
  ports: Ports;
  savePorts(ports: Ports): Promise<void>;
  /** Writes a configuration for a process and gives its path. */
  writeConfig(name: string, config: object): Promise<string>;
}

/**
 * @throws ProblemError `cannot-write` where the folder cannot be written, `demo-folder-taken` where it holds something that is
 * not a demo's and `reset` would delete it.
 */
export async function openDemoFolder(path: string, reset: boolean): Promise<DemoFolder> {
  const folder = resolve(path);
  const marker = join(folder, 'portcullis-demo.json');
  if (reset) await forget(folder, marker);
  await makePrivateFolder(folder);
  const content = await readFile(marker, 'utf8').catch(() => '{}');
  const ports = Ports.catch({ dns: 0, proxy: 0, panel: 0 }).parse(parseJson(content));
  const savePorts = (chosen: Ports): Promise<void> => writeFileAtomic(marker, `${JSON.stringify(chosen)}\n`);
  await savePorts(ports);
  const places = {
    hub: join(folder, 'hub'),
    gateway: join(folder, 'gateway'),
    agent: join(folder, 'agent'),
    managed: join(folder, 'managed'),
    run: join(folder, 'run'),
  };
  for (const place of Object.values(places)) await makePrivateFolder(place);
  return {
    path: folder,
    ...places,
    ports,
    savePorts,
    async writeConfig(name, config) {
      const file = join(folder, name);
      await writeFileAtomic(file, `${JSON.stringify(config, null, 2)}\n`);
      return file;
    },
  };
}

/** Deletes only what a demo made: a mistyped `--folder` must not cost somebody their home. */
async function forget(folder: string, marker: string): Promise<void> {
  const there = await stat(folder).catch(() => null);
  if (there === null) return;
  const ours = await stat(marker).catch(() => null);
  if (ours === null) {
    throw new ProblemError({
      code: 'demo-folder-taken',
      message: `${folder} is not a folder of the demo, so it is not deleted.`,
      cause: `${marker} is missing`,
      next: 'Give another --folder, or delete it yourself.',
    });
  }
  await rm(folder, { recursive: true });
}
