import { arch, freemem, release, totalmem, uptime, version } from 'node:os';
import manifest from '../../../package.json' with { type: 'json' };

/** What kind of machine and program a report is from. */
export interface Environment {
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

export function thisEnvironment(env: NodeJS.ProcessEnv): Environment {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  return {
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
