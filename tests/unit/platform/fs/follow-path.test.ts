import { appendFile, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followPath } from '../../../../main/platform/fs/follow-path.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const MINUTE = 60_000;
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

describe.skipIf(process.platform === 'win32')('a path that is followed', () => {
  it('is read once, and where nothing changes not again for five minutes', async () => {
    const path = join(base, 'one', 'file');
    await writeFile(path, 'one');
    const { seen, pass } = await following(path);
    await pass(4.9 * MINUTE);
    expect(seen.reads).toBe(1);
    await pass(0.2 * MINUTE);
    expect(seen.reads).toBe(2);
  });

  it('is read when a reading has asked for it', async () => {
    const { seen, wish, pass } = await following(join(base, 'one', 'file'), 10_000);
    wish.again = Number.POSITIVE_INFINITY;
    await pass(9_000);
    expect(seen.reads).toBe(1);
    await pass(2_000);
    expect(seen.reads).toBe(2);
  });

  it('is read within half a minute when a link between changes, of which no watch tells', async () => {
    await writeFile(join(base, 'one', 'file'), 'one');
    await writeFile(join(base, 'two', 'file'), 'two');
    await mkdir(join(base, 'between'));
    await symlink(join(base, 'one', 'file'), join(base, 'between', 'link'));
    await symlink(join(base, 'between', 'link'), join(base, 'path'));
    const { seen, pass } = await following(join(base, 'path'));
    await rm(join(base, 'between'), { recursive: true });
    await mkdir(join(base, 'between2'));
    await symlink(join(base, 'two', 'file'), join(base, 'between2', 'link'));
    await symlink(join(base, 'between2'), join(base, 'between'));
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
