import { describe, expect, it } from 'vitest';
import { openGiveBack } from '../../../../main/gateway/native/give-back.ts';
import { memory } from '../../../support/process-figures.ts';

const MEBIBYTE = 2 ** 20;
const MUCH = 64;

describe.runIf(process.platform === 'linux')('memory that is given back', () => {
  it('is the machine’s at once, although a view of it is still there', async () => {
    const giveBack = await openGiveBack();
    if (giveBack === null) throw new Error('koffi is not installed');
    const bytes = new Uint8Array(new SharedArrayBuffer(MUCH * MEBIBYTE)).fill(7);
    const before = memory(process.pid).now;
    await giveBack(bytes.buffer);
    expect(before - memory(process.pid).now).toBeGreaterThan(MUCH / 2);
    // Pages at both ends may hold something else, so they are left alone.
    const middle = bytes.subarray(MEBIBYTE, -MEBIBYTE);
    expect(middle.every((byte) => byte === 0)).toBe(true);
    bytes.fill(9);
    expect(bytes.every((byte) => byte === 9)).toBe(true);
  });

  it('leaves alone what does not fill a page', async () => {
    const giveBack = await openGiveBack();
    const bytes = new Uint8Array(new SharedArrayBuffer(100)).fill(7);
    await giveBack?.(bytes.buffer);
    expect([...new Set(bytes)]).toEqual([7]);
  });
});

it('does not exist where Linux’s calls cannot be made', async () => {
  expect(await openGiveBack('win32', 'x64')).toBeNull();
  expect(await openGiveBack('darwin', 'arm64')).toBeNull();
  expect(await openGiveBack('linux', 'riscv64')).toBeNull();
});
