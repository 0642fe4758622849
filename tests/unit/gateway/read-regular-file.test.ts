import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRegularFile } from '../../../main/gateway/read-regular-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-careful-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const given = async (content: string): Promise<string> => {
  const path = join(folder, 'file');
  await writeFile(path, content, { mode: 0o600 });
  return path;
};

describe('a file that somebody else named', () => {
  it('is read to its end', async () => {
    expect(await readRegularFile(await given('policy'), 6)).toMatchObject({
      kind: 'read',
      bytes: Buffer.from('policy'),
    });
    expect(await readRegularFile(await given(''), 6)).toMatchObject({ kind: 'read', bytes: Buffer.alloc(0) });
  });

  it('is not read if it is longer than it may be', async () => {
    expect(await readRegularFile(await given('policy!'), 6)).toMatchObject({ kind: 'refused' });
  });

  it('is absent where there is nothing, and refused as a link or a folder', async () => {
    expect(await readRegularFile(join(folder, 'nothing'), 6)).toEqual({ kind: 'absent' });
    const link = join(folder, 'link');
    await symlink(await given('policy'), link);
    expect(await readRegularFile(link, 6)).toEqual({ kind: 'refused', cause: `${link} is a link` });
    expect(await readRegularFile(folder, 6)).toMatchObject({ kind: 'refused' });
  });

  it.runIf(process.platform !== 'win32')(
    'is not even opened where it is a pipe: who waits there goes on waiting',
    async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      let opened = false;
      const writer: Promise<FileHandle> = open(pipe, 'w');
      void writer.then(() => {
        opened = true;
      });
      try {
        for (let times = 0; times < 100; times += 1) {
          expect(await readRegularFile(pipe, 6)).toMatchObject({ kind: 'refused' });
        }
        expect(opened).toBe(false);
      } finally {
        const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
        await (await writer).close();
        await reader.close();
      }
    },
  );
});
