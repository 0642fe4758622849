import { existsSync } from 'node:fs';
import { findCommand } from '../../main/platform/process/find-command.ts';
import { findChromium } from './chromium.ts';
import { keytarLoads } from './keytar.ts';

/** The layers that need more than Node. */
export type PreparedLayer = 'keyring' | 'e2e' | 'differential' | 'engine' | 'bench';

/** What a layer of tests needs beside the npm packages, and the Debian packages that bring it: the first that apt knows. */
export interface Tool {
  readonly name: string;
  readonly packages: readonly string[];
  readonly layers: readonly PreparedLayer[];
  readonly find: (env: NodeJS.ProcessEnv) => string | null;
}

function command(layers: PreparedLayer | PreparedLayer[], name: string, ...packages: string[]): Tool {
  return { name, packages, layers: [layers].flat(), find: (env) => findCommand(name, env.PATH) };
}

function toBuildKeytar(tool: Tool): Tool {
  return { ...tool, find: (env) => tool.find(env) ?? (keytarLoads() ? 'keytar' : null) };
}

const LIBSECRET_HEADER = '/usr/include/libsecret-1/libsecret/secret.h';

/** One row per tool; to need another, add its row. */
export const tools: readonly Tool[] = [
  { name: 'Chromium', packages: ['chromium'], layers: ['e2e', 'bench'], find: findChromium },
  command('keyring', 'dbus-daemon', 'dbus-daemon', 'dbus'),
  command('keyring', 'dbus-send', 'dbus-bin', 'dbus'),
  command('keyring', 'gnome-keyring-daemon', 'gnome-keyring'),
  // What keytar is built with, where no binary of it came with the packages.
  toBuildKeytar(command('keyring', 'pkg-config', 'pkg-config')),
  toBuildKeytar(command('keyring', 'make', 'make')),
  toBuildKeytar(command('keyring', 'g++', 'g++')),
  toBuildKeytar(command('keyring', 'python3', 'python3')),
  toBuildKeytar({
    name: 'libsecret headers',
    packages: ['libsecret-1-dev'],
    layers: ['keyring'],
    find: () => (existsSync(LIBSECRET_HEADER) ? LIBSECRET_HEADER : null),
  }),
  command('engine', 'dockerd', 'docker.io'),
  // Debian 12's docker.io holds the client too; from Debian 13 on it is a package of its own.
  command('engine', 'docker', 'docker-cli', 'docker.io'),
  command('engine', 'docker-registry', 'docker-registry'),
  command(['engine', 'bench'], 'ip', 'iproute2'),
  command('engine', 'dig', 'bind9-dnsutils'),
  command('engine', 'skopeo', 'skopeo'),
  command(['bench', 'differential'], 'unbound', 'unbound'),
  command('bench', 'dnsmasq', 'dnsmasq-base'),
  command('bench', 'dnsperf', 'dnsperf'),
  command('bench', 'socat', 'socat'),
];
