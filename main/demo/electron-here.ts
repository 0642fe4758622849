/** What decides, before anything is downloaded, whether Electron is worth a try. */
export interface Surroundings {
  /** `--headless` was given. */
  headless: boolean;
  /** undefined on Windows. */
  uid: number | undefined;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}

/** @returns why Electron is not even tried here, as the end of a sentence; null where it is. */
export function whyNoElectron({ headless, uid, platform, env }: Surroundings): string | null {
  if (headless) return '--headless was given';
  // Chromium's sandbox does not work for root, and it is never switched off.
  if (uid === 0) return 'it does not run as root';
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display';
  return null;
}
