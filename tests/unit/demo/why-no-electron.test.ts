import { describe, expect, it } from 'vitest';
import { STALLED_MS, watchProgress } from '../../../main/demo/install-electron.ts';
import { whyNoElectron } from '../../../main/demo/why-no-electron.ts';
import { manualClock } from '../../support/manual-clock.ts';

describe('Electron', () => {
  const desktop = { uid: 1000, platform: 'linux', env: { DISPLAY: ':0' } } as const;

  it.each([
    ['as root', { ...desktop, uid: 0 }, 'electron-not-as-root'],
    ['as root on macOS', { ...desktop, platform: 'darwin', uid: 0 }, 'electron-not-as-root'],
    ['over SSH', { ...desktop, env: {} }, 'electron-no-display'],
  ] as const)('is not tried %s', (_where, here, code) => {
    expect(whyNoElectron(here)).toMatchObject({ code });
  });

  it.each([
    ['on X11', desktop],
    ['on Wayland', { ...desktop, env: { WAYLAND_DISPLAY: 'wayland-0' } }],
    ['on macOS', { ...desktop, platform: 'darwin', env: {} }],
    ['on Windows', { ...desktop, platform: 'win32', uid: undefined, env: {} }],
  ] as const)('is tried %s', (_where, here) => {
    expect(whyNoElectron(here)).toBeNull();
  });
});

describe('a download', () => {
  it('may take any time while bytes arrive, and is given up after 20 s without one', () => {
    const clock = manualClock();
    let bytes = 0;
    let stalled = 0;
    watchProgress(
      clock,
      () => bytes,
      () => {
        stalled += 1;
      },
    );
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance(STALLED_MS - 2_000);
      bytes += 1;
      clock.advance(2_000);
    }
    expect(stalled).toBe(0);
    clock.advance(STALLED_MS);
    expect(stalled).toBe(1);
    expect(clock.pending()).toEqual([]);
  });

  it('is no longer watched once it has ended', () => {
    const clock = manualClock();
    const stop = watchProgress(
      clock,
      () => 0,
      () => {
        throw new Error('given up');
      },
    );
    stop();
    clock.advance(STALLED_MS * 2);
    expect(clock.pending()).toEqual([]);
  });
});
