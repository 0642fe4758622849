import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findCommand, isExecutableFile } from '../../main/platform/process/find-command.ts';

/** Debian's package of the same name: the tests take a sixth less of the processor in it than in `chromium`. */
const HEADLESS_SHELL = 'chromium-headless-shell';
const COMMANDS = [
  HEADLESS_SHELL,
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'chrome',
];

/** Null where there is a headless shell to install, also beside another browser. */
export function findHeadlessShell(env: NodeJS.ProcessEnv): string | null {
  if (env.PORTCULLIS_CHROMIUM) return findChromium(env);
  const shell = findCommand(HEADLESS_SHELL, env.PATH);
  if (shell !== null) return shell;
  const { stdout } = spawnSync('apt-cache', ['policy', HEADLESS_SHELL], { encoding: 'utf8' });
  return /^ {2}Candidate: \d/m.test(stdout ?? '') ? null : findChromium(env);
}

/** Where installers put Chrome, Chromium and Edge without telling PATH. */
function installedPlaces(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  switch (platform) {
    case 'darwin':
      return [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ];
    case 'win32':
      return [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) => [
          join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
          join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
        ]);
    default:
      return ['/opt/google/chrome/chrome', '/opt/microsoft/msedge/msedge', '/usr/lib/chromium/chromium'];
  }
}

/**
 * The browser that end-to-end tests drive, or null. `PORTCULLIS_CHROMIUM` is obeyed even where it names nothing that runs:
 * who set it wants that browser and no other.
 */
export function findChromium(env: NodeJS.ProcessEnv, platform = process.platform): string | null {
  const wanted = env.PORTCULLIS_CHROMIUM;
  if (wanted) return isExecutableFile(wanted) ? wanted : null;
  for (const command of COMMANDS) {
    const found = findCommand(command, env.PATH, platform);
    // Ubuntu's /usr/bin/chromium-browser only tells to install a snap, which root in a container cannot.
    if (found && !(found === '/usr/bin/chromium-browser' && !isExecutableFile('/snap/bin/chromium'))) return found;
  }
  return installedPlaces(env, platform).find(isExecutableFile) ?? null;
}
