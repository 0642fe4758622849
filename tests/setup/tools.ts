import { findCommand } from '../../main/platform/find-command.ts';
import { findChromium } from './chromium.ts';

/** What a layer of tests needs beside the npm packages, and the Debian packages that bring it: the first that apt knows. */
export interface Tool {
  readonly name: string;
  readonly packages: readonly string[];
  readonly layers: readonly ('e2e' | 'engine')[];
  readonly find: (env: NodeJS.ProcessEnv) => string | null;
}

function command(name: string, ...packages: string[]): Tool {
  return { name, packages, layers: ['engine'], find: (env) => findCommand(name, env.PATH) };
}

/** One row per tool; to need another, add its row. */
export const tools: readonly Tool[] = [
  { name: 'Chromium', packages: ['chromium'], layers: ['e2e'], find: findChromium },
  command('dockerd', 'docker.io'),
  // Debian 12's docker.io holds the client too; from Debian 13 on it is a package of its own.
  command('docker', 'docker-cli', 'docker.io'),
  command('docker-registry', 'docker-registry'),
  command('ip', 'iproute2'),
  command('dig', 'bind9-dnsutils'),
  command('skopeo', 'skopeo'),
];
