import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileAtomic, makePrivateFolder, writeFileAtomic } from '../../../../main/platform/fs/atomic-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-atomic-'));
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

describe('writing a file atomically', () => {
  it('replaces the content and leaves no temporary file', async () => {
    const path = join(folder, 'state.json');
    await writeFile(path, 'old');
    await writeFileAtomic(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['state.json']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps the old file and says which path failed, when the new one cannot be put in place', async () => {
    const path = join(folder, 'taken');
    await makePrivateFolder(path);
    await writeFile(join(path, 'inside'), '');
    await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({
      problem: { code: 'cannot-write', message: expect.stringContaining(path) },
    });
    expect(await readdir(folder)).toEqual(['taken']);
  });

  it('creates a file once, whoever else is about to, and leaves nothing beside it', async () => {
    const path = join(folder, 'key');
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((content) => createFileAtomic(path, content)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(['a', 'b', 'c', 'd'][made.indexOf(true)]);
    expect(await readdir(folder)).toEqual(['key']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('makes a folder that only its owner can read, and says when it cannot', async () => {
    const made = join(folder, 'a', 'b');
    await makePrivateFolder(made);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    await writeFile(join(folder, 'file'), '');
    await expect(makePrivateFolder(join(folder, 'file', 'x'))).rejects.toMatchObject({
      problem: { code: 'cannot-write' },
    });
  });

  it.runIf(process.platform === 'linux')('comes to an end where a folder can have no children', async () => {
    // In a process of its own: what goes round for ever there cannot be stopped here.
    const module = new URL('../../../../main/platform/fs/atomic-file.ts', import.meta.url).href;
    const script = `import(${JSON.stringify(module)}).then((m) => m.makePrivateFolder('/proc/portcullis/state')).catch((e) => console.log(e.problem.code))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 30_000 });
    expect(stdout.trim()).toBe('cannot-write');
  });

  it('is made by several at once, and holds nothing then', async () => {
    const path = join(folder, 'shared');
    await Promise.all(Array.from({ length: 20 }, () => makePrivateFolder(path)));
    expect(await readdir(path)).toEqual([]);
  });
});
