import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Supervised, supervise } from '../../../main/demo/supervise.ts';

let folder: string;
let running: Supervised[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-supervise-'));
  running = [];
});
afterEach(async () => {
  for (const process of running) await process.stop();
  await rm(folder, { recursive: true });
});

async function script(body: string): Promise<string> {
  const file = join(folder, 'child.mjs');
  await writeFile(file, body);
  return file;
}
function start(options: Parameters<typeof supervise>[0]): Supervised {
  const supervised = supervise(options);
  running.push(supervised);
  return supervised;
}

const READY = 'console.log(JSON.stringify({ ready: true, pid: process.pid })); setInterval(() => {}, 1000);';

describe('a supervised process', () => {
  it('is ready when it reports so', async () => {
    const child = start({ name: 'child', args: [await script(READY)] });
    expect(await child.ready).toEqual({ ready: true, pid: child.pid() });
  });

  it('is restarted when it is killed', async () => {
    const onRestarted = vi.fn();
    const onEnded = vi.fn();
    const child = start({ name: 'child', args: [await script(READY)], onRestarted, onEnded });
    await child.ready;
    const before = child.pid();
    process.kill(before as number, 'SIGKILL');
    await expect.poll(() => onRestarted.mock.calls.length).toBe(1);
    expect(onEnded).toHaveBeenCalledWith('SIGKILL', 200);
    expect(child.pid()).not.toBe(before);
  });

  it('that ends before it is ready reports its last output, and is not restarted', async () => {
    const child = start({
      name: 'child',
      args: [await script('console.error("portcullis: The port is taken."); process.exitCode = 1;')],
    });
    await expect(child.ready).rejects.toMatchObject({
      problem: { code: 'demo-process-failed', cause: 'The port is taken.' },
    });
    expect(child.pid()).toBeUndefined();
  });

  it('is stopped for good, even if it ignores SIGTERM', async () => {
    const args = [await script(`process.on('SIGTERM', () => {}); ${READY}`)];
    const child = start({ name: 'child', args, stopTimeoutMs: 100 });
    await child.ready;
    const pid = child.pid() as number;
    await child.stop();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(child.pid()).toBeUndefined();
  });

  it('stops by itself when its supervisor is killed', async () => {
    const stopSignal = new URL('../../../main/platform/process/stop-signal.ts', import.meta.url);
    const module = new URL('../../../main/demo/supervise.ts', import.meta.url);
    const left = join(folder, 'left');
    const child = join(folder, 'grandchild.mjs');
    await writeFile(
      child,
      `import { writeFileSync } from 'node:fs';
       import { stopSignal } from ${JSON.stringify(stopSignal.href)};
       stopSignal().addEventListener('abort', (event) => { writeFileSync(${JSON.stringify(left)}, event.target.reason); process.exit(); });
       ${READY}`,
    );
    const supervisor = await script(
      `import { supervise } from ${JSON.stringify(module.href)};
       console.log(JSON.stringify(await supervise({ name: 'grandchild', args: [${JSON.stringify(child)}] }).ready));`,
    );
    const outer = start({ name: 'supervisor', args: [supervisor] });
    await outer.ready;
    process.kill(outer.pid() as number, 'SIGKILL');
    await expect.poll(() => readFile(left, 'utf8').catch(() => null)).toBe('disconnect');
  });
});
