import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';

/** @param uid undefined on Windows. @returns why Electron cannot run here, known before anything is downloaded; null if it may */
export function whyNoElectron(here: {
  uid: number | undefined;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}): Problem | null {
  const { uid, platform, env } = here;
  // Chromium's sandbox does not work for root, and it is never switched off.
  if (uid === 0) return problem('electron-not-as-root');
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return problem('electron-no-display');
  return null;
}
