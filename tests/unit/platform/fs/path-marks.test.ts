import { appendFile, chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathMarks } from '../../../../main/platform/fs/path-marks.ts';

let base: string;
let file: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'portcullis-marks-'));
  await mkdir(join(base, 'place'));
  file = join(base, 'place', 'registry.json');
  await writeFile(file, '{"allowedOrgs":["acme"]}');
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** As they will be read when what has just been written has settled. */
const later = (path = file) => pathMarks(path, Date.now() + 60_000);

describe.skipIf(process.platform === 'win32')('the marks of a path', () => {
  it('stay while nothing changes, whatever else happens in its folders', async () => {
    const before = later();
    expect(before).not.toBeNull();
    await writeFile(join(base, 'place', 'another'), '');
    await writeFile(join(base, 'another'), '');
    expect(later()).toBe(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is written', () => appendFile(file, ' ')],
    [
      'gets other bytes of the same length, and its old date',
      async () => {
        await writeFile(file, '{"allowedOrgs":["evil"]}');
        await utimes(file, 0, 0);
      },
    ],
    ['gets another mode', () => chmod(file, 0o666)],
    [
      'is replaced',
      async () => {
        await writeFile(`${file}.new`, '{"allowedOrgs":["acme"]}');
        await rename(`${file}.new`, file);
      },
    ],
    ['is removed', () => rm(file)],
    [
      'becomes a link',
      async () => {
        await rename(file, join(base, 'elsewhere'));
        await symlink(join(base, 'elsewhere'), file);
      },
    ],
    ['is in a folder that others may write', () => chmod(join(base, 'place'), 0o777)],
    ['is in a folder below one that others may write', () => chmod(base, 0o777)],
    [
      'is in a folder that was replaced',
      async () => {
        await rename(join(base, 'place'), join(base, 'old'));
        await mkdir(join(base, 'place'));
        await rename(join(base, 'old', 'registry.json'), file);
      },
    ],
  ])('change when the file %s', async (_what, change) => {
    await utimes(file, 0, 0);
    const before = later();
    await change();
    expect(later()).not.toBe(before);
  });

  it('tell a file that is not there from one that comes, in folders that are not there either', async () => {
    const path = join(base, 'a', 'b', 'file');
    const seen = [later(path)];
    for (const make of [() => mkdir(join(base, 'a', 'b'), { recursive: true }), () => writeFile(path, '')]) {
      await make();
      seen.push(later(path));
    }
    expect(new Set(seen).size).toBe(3);
    expect(seen).not.toContain(null);
  });

  it('tell where links lead, on the way and at the end', async () => {
    await mkdir(join(base, 'other'));
    await writeFile(join(base, 'other', 'registry.json'), '{"allowedOrgs":["acme"]}');
    const way = join(base, 'way');
    await symlink('place', way);
    const path = join(way, 'registry.json');
    const before = later(path);
    expect(before).not.toBeNull();
    await appendFile(file, ' ');
    const written = later(path);
    await rm(way);
    await symlink('other', way);
    expect(new Set([before, written, later(path)]).size).toBe(3);
  });

  it('prove nothing of a file that was written just now, or by a clock that was ahead', () => {
    expect(pathMarks(file, Date.now())).toBeNull();
    expect(pathMarks(file, Date.now() - 3_600_000)).toBeNull();
  });

  it('prove nothing where something cannot be looked at, and on Windows', async () => {
    expect(later(join(file, 'below a file'))).toBeNull();
    expect(pathMarks(file, Date.now() + 60_000, 'win32')).toBeNull();
  });
});
