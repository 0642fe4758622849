import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ManagedConfigSource, openManagedConfig } from '../../../main/managed-config/managed-config.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';

const acme = '{"allowedOrgs":["acme"]}';
const globex = '{"allowedOrgs":["globex"]}';

let base: string;
let folder: string;
let source: ManagedConfigSource | undefined;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'portcullis-managed-'));
  folder = join(base, 'place');
  await mkdir(folder);
});
afterEach(async () => {
  source?.close();
  source = undefined;
  await rm(base, { recursive: true, force: true });
});

const open = async () => {
  source = await openManagedConfig({
    place: { folder },
    platform: process.platform,
    clock: systemClock,
    log: silentLogger(),
  });
  return source;
};

/** Waits for the value, not for a time. */
async function until(source: ManagedConfigSource, wanted: (config: ManagedConfig) => boolean): Promise<ManagedConfig> {
  if (wanted(source.current())) return source.current();
  return new Promise((resolve) => {
    const stop = source.onChange((config) => {
      if (!wanted(config)) return;
      stop();
      resolve(config);
    });
  });
}
const says = (org: string) => (config: ManagedConfig) => config.allowedOrgs[0] === org;

describe('a managed machine, live', () => {
  it('is unmanaged in an empty folder, and in one that does not exist', async () => {
    await rm(folder, { recursive: true });
    const source = await open();
    expect(source.current()).toMatchObject({ verdict: 'absent', source: null, trial: true });
  });

  it('becomes managed when the file appears, in a folder that was not there either', async () => {
    await rm(folder, { recursive: true });
    const source = await open();
    await mkdir(folder);
    await writeFile(join(folder, 'registry.json'), acme);
    expect(await until(source, says('acme'))).toMatchObject({
      verdict: 'present',
      source: join(folder, 'registry.json'),
    });
  });

  it('follows a file replaced by renaming, again and again', async () => {
    await writeFile(join(folder, 'registry.json'), acme);
    const source = await open();
    for (const [content, org] of [
      [globex, 'globex'],
      [acme, 'acme'],
      [globex, 'globex'],
    ] as const) {
      await writeFile(join(folder, 'new'), content);
      await rename(join(folder, 'new'), join(folder, 'registry.json'));
      await until(source, says(org));
    }
  });

  it('follows a file written in place, and its mode', async () => {
    await writeFile(join(folder, 'registry.json'), acme);
    const source = await open();
    await writeFile(join(folder, 'registry.json'), globex);
    await until(source, says('globex'));
    await chmod(join(folder, 'registry.json'), 0o666);
    expect(await until(source, ({ verdict }) => verdict === 'unreadable')).toMatchObject({
      problems: [{ code: 'writable-by-others' }],
    });
    await chmod(join(folder, 'registry.json'), 0o644);
    await until(source, says('globex'));
  });

  it('does not loosen when the file is deleted and recreated, nor the folder', async () => {
    await writeFile(join(folder, 'registry.json'), acme);
    const source = await open();
    const verdicts = new Set<string>();
    source.onChange(({ verdict }) => verdicts.add(verdict));
    await rm(join(folder, 'registry.json'));
    expect(await until(source, ({ problems }) => problems.length > 0)).toMatchObject({
      verdict: 'present',
      allowedOrgs: ['acme'],
      problems: [{ code: 'just-removed' }],
    });
    await writeFile(join(folder, 'registry.json'), globex);
    await until(source, says('globex'));

    await rm(folder, { recursive: true });
    await until(source, ({ problems }) => problems.length > 0);
    await mkdir(folder);
    await writeFile(join(folder, 'registry.json'), acme);
    await until(source, says('acme'));
    expect([...verdicts]).toEqual(['present']);
  });

  it('notices a folder that is renamed away and one that is renamed into its place', async () => {
    await writeFile(join(folder, 'registry.json'), acme);
    const source = await open();
    const other = join(base, 'other');
    await mkdir(other);
    await writeFile(join(other, 'registry.json'), globex);
    await rename(folder, join(base, 'aside'));
    await until(source, ({ problems }) => problems.length > 0);
    await rename(other, folder);
    await until(source, says('globex'));
  });

  it('loosens by itself once the file has been gone for ten seconds', async () => {
    await writeFile(join(folder, 'registry.json'), acme);
    const source = await open();
    await rm(join(folder, 'registry.json'));
    await until(source, ({ problems }) => problems.length > 0);
    expect(source.current().verdict).toBe('present');
    await until(source, ({ verdict }) => verdict === 'absent');
  });
});
