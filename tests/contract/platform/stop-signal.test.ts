import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

/** A process that, told to stop, says so and stops only when it reads a line, with a library in it that re-sends itself signals. */
function startStopping() {
  const code = `
    import 'conf';
    import { stopSignal } from './main/platform/process/stop-signal.ts';
    const signal = stopSignal();
    signal.addEventListener('abort', () => console.log('stopping'));
    process.stdin.once('data', () => process.exit(signal.aborted ? 0 : 1));
    console.log('started');`;
  return spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

it('one signal stops in order, also where a library sends it once more', async () => {
  const child = startStopping();
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(String(await once(child.stdout, 'data'))).toBe('stopping\n');
  child.stdin.write('\n');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('a second one, later, ends at once', async () => {
  const child = startStopping();
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  await once(child.stdout, 'data');
  const ended = once(child, 'exit');
  // However slow the machine is, one of these comes long enough after the first.
  const again = setInterval(() => child.kill('SIGINT'), 150);
  expect(await ended).toEqual([130, null]);
  clearInterval(again);
});
