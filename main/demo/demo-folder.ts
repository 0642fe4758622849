import { readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { makePrivateFolder, writeFileAtomic } from '../platform/fs/atomic-file.ts';

/** Chosen at the first start and reused, so that addresses stay the same. 0 means not chosen yet. */
const Ports = z.object({
  dns: z.number().int().default(0),
  proxy: z.number().int().default(0),
  panel: z.number().int().default(0),
});
export type Ports = z.infer<typeof Ports>;

/** Everything the demo stores is in this one folder. */
export interface DemoFolder {
  path: string;
  hub: string;
  gateway: string;
  agent: string;
  /** For sockets that only this user may reach. */
  run: string;
  /** Stands in for the administrator's folders: what would be in `/etc` and `/usr/share` on a managed machine. */
  managed: string;
  ports: Ports;
  savePorts(ports: Ports): Promise<void>;
  /** Writes a process's configuration. @returns its path */
  writeConfig(name: string, config: object): Promise<string>;
}

/**
 * @param reset deletes what an earlier demo stored
 * @throws ProblemError `cannot-write`, and `demo-folder-taken` where `reset` would delete a folder that is not a demo's
 */
export async function openDemoFolder(path: string, reset: boolean): Promise<DemoFolder> {
  const folder = resolve(path);
  const marker = join(folder, 'portcullis-demo.json');
  if (reset) await deleteDemo(folder, marker);
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

/** Deletes only what a demo made: a mistyped `--folder` must not delete somebody's home. */
async function deleteDemo(folder: string, marker: string): Promise<void> {
  if ((await stat(folder).catch(() => null)) === null) return;
  if ((await stat(marker).catch(() => null)) === null) {
    throw new ProblemError(problem('demo-folder-taken', { folder }, { cause: `${marker} is missing` }));
  }
  await rm(folder, { recursive: true });
}
