import { appendFile, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followPath } from '../../../../main/platform/fs/follow-path.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const MINUTE = 60_000;
const isLinux = process.platform === 'linux';
/** On a file system that is none of those known to be local, as one of a network would be. */
const ELSEWHERE = ['/proc/version', '/proc/cpuinfo'] as const;
let base: string;
let stop: (() => void) | undefined;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'portcullis-follow-'));
  await mkdir(join(base, 'one'));
  await mkdir(join(base, 'two'));
});
afterEach(async () => {
  stop?.();
  await rm(base, { recursive: true, force: true });
});

/** Follows a path by a clock that says that all files were written long ago. `again`: what each reading asks for. */
async function following(path: string | null, again = Number.POSITIVE_INFINITY) {
  const clock = manualClock(Date.now() + 60 * MINUTE);
  const seen = { reads: 0 };
  const wish = { again };
  stop = await followPath(path, clock, async () => {
    seen.reads += 1;
    return wish.again;
  });
  return {
    ...{ seen, wish, clock },
    /** Lets time pass, and readings end, in steps. */
    async pass(ms: number, step = 1_000) {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(step);
        await new Promise((done) => setImmediate(done));
      }
    },
    /** What the system tells comes when it comes. */
    toBeRead: (times: number) =>
      expect
        .poll(
          async () => {
            clock.advance(150);
            await new Promise((done) => setImmediate(done));
            return seen.reads;
          },
          { timeout: 10_000 },
        )
        .toBe(times),
  };
}

/** Follows a path that leads to `before` by two links, of which the second one then leads to `after`: no watch tells of it. */
async function retargeted(before: string, after: string) {
  await mkdir(join(base, 'between'));
  await symlink(before, join(base, 'between', 'link'));
  await symlink(join(base, 'between', 'link'), join(base, 'path'));
  const followed = await following(join(base, 'path'));
  await rm(join(base, 'between'), { recursive: true });
  await mkdir(join(base, 'between2'));
  await symlink(after, join(base, 'between2', 'link'));
  await symlink(join(base, 'between2'), join(base, 'between'));
  return followed;
}

describe.skipIf(process.platform === 'win32')('a path that is followed', () => {
  it.runIf(isLinux)('is read once, and where nothing changes again within five minutes', async () => {
    const { seen, pass } = await following(ELSEWHERE[0]);
    await pass(3.9 * MINUTE);
    expect(seen.reads).toBe(1);
    await pass(1.2 * MINUTE);
    expect(seen.reads).toBe(2);
  });

  it.runIf(isLinux)('is read again within half an hour where only this machine writes', async () => {
    const folder = await mkdtemp('/dev/shm/portcullis-follow-');
    try {
      await writeFile(join(folder, 'file'), 'one');
      const { seen, pass } = await following(join(folder, 'file'));
      await pass(28.9 * MINUTE, 10_000);
      expect(seen.reads).toBe(1);
      await pass(1.2 * MINUTE, 10_000);
      expect(seen.reads).toBe(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is read when a reading has asked for it', async () => {
    const { seen, wish, pass } = await following(join(base, 'one', 'file'), 10_000);
    wish.again = Number.POSITIVE_INFINITY;
    await pass(9_000);
    expect(seen.reads).toBe(1);
    await pass(2_000);
    expect(seen.reads).toBe(2);
  });

  it('is read within a minute when a link between changes, of which no watch tells', async () => {
    await writeFile(join(base, 'one', 'file'), 'one');
    await writeFile(join(base, 'two', 'file'), 'two');
    const { seen, pass } = await retargeted(join(base, 'one', 'file'), join(base, 'two', 'file'));
    await pass(61_000);
    expect(seen.reads).toBeGreaterThan(1);
  });

  it.runIf(isLinux)('is read within half a minute of that where other machines might write', async () => {
    const { seen, pass } = await retargeted(...ELSEWHERE);
    await pass(31_000);
    expect(seen.reads).toBeGreaterThan(1);
  });

  it('is read soon when the file at the end of its links is written', async () => {
    await writeFile(join(base, 'two', 'file'), 'two');
    await symlink(join('..', 'two', 'file'), join(base, 'one', 'link'));
    const { toBeRead } = await following(join(base, 'one', 'link'));
    await appendFile(join(base, 'two', 'file'), 'more');
    await toBeRead(2);
  });

  it('is read soon when its file is written under another name, as one that is mounted into a container is', async () => {
    await writeFile(join(base, 'one', 'file'), 'one');
    await link(join(base, 'one', 'file'), join(base, 'two', 'name'));
    const { toBeRead } = await following(join(base, 'one', 'file'));
    await appendFile(join(base, 'two', 'name'), 'more');
    await toBeRead(2);
  });

  it('is read every 1.5 seconds where there is nothing to watch', async () => {
    const { seen, pass } = await following(null);
    await pass(15_000, 100);
    expect(seen.reads).toBe(11);
  });
});
