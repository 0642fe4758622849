import { readFileSync } from 'node:fs';
import { arch, freemem, release, totalmem, uptime, version } from 'node:os';
import manifest from '../../../package.json' with { type: 'json' };
import { printable } from '../../../shared/printable.ts';

/** What kind of machine and program a report is from. */
export interface Environment {
  /** `Debian GNU/Linux 12 (bookworm)` */
  system: string;
  /** The version of this program. */
  portcullis: string;
  platform: string;
  release: string;
  version: string;
  arch: string;
  /** Bytes. */
  memory: { total: number; free: number };
  uptimeSeconds: number;
  node: string;
  electron: string | null;
  timeZone: string;
  locale: string;
  /** Names only: the values may hold a password. */
  proxyVariables: string[];
}

const PROXY_VARIABLES = /^(https?|no|all)_proxy$/i;

/** As people call it: os-release(5) on Linux, Windows' own name with its build, and the number of Darwin on macOS. */
export function systemName(
  platform: NodeJS.Platform,
  release: string,
  version: string,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): string {
  if (platform === 'win32') return `${version} (${release})`;
  if (platform === 'darwin') return `macOS (Darwin ${release})`;
  for (const path of platform === 'linux' ? ['/etc/os-release', '/usr/lib/os-release'] : []) {
    try {
      const [, name] = /^PRETTY_NAME=["']?([^"'\n]+)["']?$/m.exec(read(path)) ?? [];
      if (name !== undefined) return printable(name, 200);
    } catch {
      // The next one.
    }
  }
  return `${platform} ${release}`;
}

export function thisEnvironment(env: NodeJS.ProcessEnv): Environment {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  return {
    system: systemName(process.platform, release(), version()),
    portcullis: manifest.version,
    platform: process.platform,
    release: release(),
    version: version(),
    arch: arch(),
    memory: { total: totalmem(), free: freemem() },
    uptimeSeconds: Math.round(uptime()),
    node: process.version,
    electron: process.versions.electron ?? null,
    timeZone,
    locale,
    proxyVariables: Object.keys(env).filter((name) => PROXY_VARIABLES.test(name)),
  };
}
