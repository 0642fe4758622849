import { describe, expect, it } from 'vitest';
import { whyNoElectron } from '../../../main/demo/electron-here.ts';
import { PATIENCE_MS, watchProgress } from '../../../main/demo/install-electron.ts';
import { manualClock } from '../../support/manual-clock.ts';

describe('Electron', () => {
  const desktop = { headless: false, uid: 1000, platform: 'linux', env: { DISPLAY: ':0' } } as const;

  it.each([
    ['as root', { ...desktop, uid: 0 }, 'it does not run as root'],
    ['as root on macOS', { ...desktop, platform: 'darwin', uid: 0 }, 'it does not run as root'],
    ['over SSH', { ...desktop, env: {} }, 'there is no display'],
    ['where one does not want it', { ...desktop, headless: true }, '--headless was given'],
  ] as const)('is not tried %s', (_where, surroundings, because) => {
    expect(whyNoElectron(surroundings)).toBe(because);
  });

  it.each([
    ['on X11', desktop],
    ['on Wayland', { ...desktop, env: { WAYLAND_DISPLAY: 'wayland-0' } }],
    ['on macOS', { ...desktop, platform: 'darwin', env: {} }],
    ['on Windows', { ...desktop, platform: 'win32', uid: undefined, env: {} }],
  ] as const)('is tried %s', (_where, surroundings) => {
    expect(whyNoElectron(surroundings)).toBeNull();
  });
});

describe('a download', () => {
  it('may take as long as it likes while bytes come, and is given up after 20 s without one', () => {
    const clock = manualClock();
    let bytes = 0;
    let stuck = 0;
    watchProgress(
      clock,
      () => bytes,
      () => {
        stuck += 1;
      },
    );
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance(PATIENCE_MS - 2_000);
      bytes += 1;
      clock.advance(2_000);
    }
    expect(stuck).toBe(0);
    clock.advance(PATIENCE_MS);
    expect(stuck).toBe(1);
    expect(clock.pending()).toEqual([]);
  });

  it('that has ended is watched no more', () => {
    const clock = manualClock();
    const stop = watchProgress(
      clock,
      () => 0,
      () => {
        throw new Error('given up');
      },
    );
    stop();
    clock.advance(PATIENCE_MS * 2);
    expect(clock.pending()).toEqual([]);
  });
});
