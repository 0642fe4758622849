import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findCommand } from '../../main/platform/process/find-command.ts';
import { postgresPrograms } from '../support/postgres.ts';
import { findChromium, findHeadlessShell } from './chromium.ts';
import { keytarLoads } from './keytar.ts';

/** The layers that need more than Node. */
export const PREPARED_LAYERS = [
  'endurance',
  'keyring',
  'package',
  'e2e',
  'electron',
  'differential',
  'provider',
  'postgres',
  'engine',
  'vm',
  'install',
] as const;
export type PreparedLayer = (typeof PREPARED_LAYERS)[number] | 'bench';

/** What a layer of tests needs beside the npm packages, and the Debian packages that bring it: the first that apt knows. */
export interface Tool {
  readonly name: string;
  readonly packages: readonly string[];
  readonly layers: readonly PreparedLayer[];
  readonly find: (env: NodeJS.ProcessEnv) => string | null;
  /** Installed where it can be; what the layer does without where it cannot. */
  readonly optional?: true;
}

function command(layers: PreparedLayer | PreparedLayer[], name: string, ...packages: string[]): Tool {
  return { name, packages, layers: [layers].flat(), find: (env) => findCommand(name, env.PATH) };
}

/** A file that Electron, or the desktop of its tests, needs. */
function file(name: string, path: string, ...packages: string[]): Tool {
  return { name, packages, layers: ['electron'], find: () => (existsSync(path) ? path : null) };
}

function toBuildKeytar(tool: Tool): Tool {
  return { ...tool, find: (env) => tool.find(env) ?? (keytarLoads() ? 'keytar' : null) };
}

/** A Perl module of the provider that the tests start, or one that it loads. */
function perl(module: string, ...packages: string[]): Tool {
  const find = (): string | null => (spawnSync('perl', [`-M${module}`, '-e', '1']).status === 0 ? module : null);
  return { name: module, packages, layers: ['provider'], find };
}

/** A shared library that Electron is linked with or loads. Debian 13 has renamed some packages. */
function library(name: string, ...packages: string[]): Tool {
  return { name, packages, layers: ['electron'], find: () => (sharedLibraries().includes(`\t${name} `) ? name : null) };
}

function sharedLibraries(): string {
  return spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout ?? '';
}

const LIBSECRET_HEADER = '/usr/include/libsecret-1/libsecret/secret.h';

const LIBC_HEADER = '/usr/include/stdio.h';

const YAML = '/usr/lib/python3/dist-packages/yaml/__init__.py';

const ARM64_LIBRARY = '/usr/aarch64-linux-gnu/lib/libstdc++.so.6';

const DBUSMOCK = '/usr/lib/python3/dist-packages/dbusmock/__init__.py';

/** Layers with a real keyring. */
const KEYRING: PreparedLayer[] = ['keyring', 'package'];

/** One row per tool; to need another, add its row. */
export const tools: readonly Tool[] = [
  {
    name: 'Chromium’s headless shell',
    packages: ['chromium-headless-shell'],
    layers: ['e2e', 'bench'],
    find: findHeadlessShell,
    optional: true,
  },
  { name: 'Chromium', packages: ['chromium'], layers: ['e2e', 'bench'], find: findChromium },
  command(KEYRING, 'dbus-daemon', 'dbus-daemon', 'dbus'),
  command(KEYRING, 'dbus-send', 'dbus-bin', 'dbus'),
  command(KEYRING, 'gnome-keyring-daemon', 'gnome-keyring'),
  // What keytar is built with, where no binary of it came with the packages.
  toBuildKeytar(command(KEYRING, 'pkg-config', 'pkg-config')),
  toBuildKeytar(command(KEYRING, 'make', 'make')),
  toBuildKeytar(command(KEYRING, 'g++', 'g++')),
  toBuildKeytar(command(KEYRING, 'python3', 'python3')),
  toBuildKeytar({
    name: 'libsecret headers',
    packages: ['libsecret-1-dev'],
    layers: KEYRING,
    find: () => (existsSync(LIBSECRET_HEADER) ? LIBSECRET_HEADER : null),
  }),
  command(['engine', 'install'], 'dockerd', 'docker.io'),
  // Debian 12's docker.io holds the client too; from Debian 13 on it is a package of its own.
  command(['engine', 'install'], 'docker', 'docker-cli', 'docker.io'),
  command(['engine', 'install'], 'docker-registry', 'docker-registry'),
  command(['engine', 'install', 'package', 'bench'], 'ip', 'iproute2'),
  command('e2e', 'curl', 'curl'),
  command('engine', 'dig', 'bind9-dnsutils'),
  command('engine', 'skopeo', 'skopeo'),
  // The wall around an engine, in a machine of its own with systemd.
  command(['engine', 'install', 'package'], 'nft', 'nftables'),
  command(['engine', 'install'], 'iptables', 'iptables'),
  {
    name: 'systemd',
    packages: ['systemd-sysv'],
    layers: ['engine', 'install', 'package'],
    find: () => (existsSync('/sbin/init') ? '/sbin/init' : null),
  },
  command(['engine', 'install'], 'busybox', 'busybox'),
  // A YAML parser that is not ours, for what guests are provisioned with.
  {
    name: 'python3-yaml',
    packages: ['python3-yaml'],
    layers: ['engine', 'vm'],
    find: () => (existsSync(YAML) ? YAML : null),
  },
  // A whole machine, and what makes it.
  command('vm', 'qemu-system-x86_64', 'qemu-system-x86'),
  command('vm', 'mmdebstrap', 'mmdebstrap'),
  command('vm', 'cpio', 'cpio'),
  command('vm', 'mke2fs', 'e2fsprogs'),
  command('vm', 'ssh', 'openssh-client'),
  // The program for Windows, and what installs it.
  command('install', 'wine', 'wine'),
  command('install', 'wixl', 'wixl'),
  command('install', 'msibuild', 'msitools'),
  command('install', 'makensis', 'nsis'),
  command('install', 'osslsigncode', 'osslsigncode'),
  command(['package', 'install'], 'lintian', 'lintian'),
  command(['package', 'install'], 'rpmbuild', 'rpm'),
  command(['package', 'install'], 'rpmlint', 'rpmlint'),
  command('install', 'debconf-get-selections', 'debconf-utils'),
  // The program for arm64, on this processor.
  command('install', 'qemu-aarch64', 'qemu-user'),
  {
    name: 'libstdc++ for arm64',
    packages: ['libstdc++6-arm64-cross'],
    layers: ['install'],
    find: () => (existsSync(ARM64_LIBRARY) ? ARM64_LIBRARY : null),
  },
  // Two readers of the package for macOS.
  command('install', 'bsdtar', 'libarchive-tools'),
  command('install', '7z', 'p7zip-full', '7zip'),
  command('install', 'ansible-lint', 'ansible-lint'),
  command('install', 'ansible-playbook', 'ansible-core'),
  command('install', 'shellcheck', 'shellcheck'),
  command('install', 'zsh', 'zsh'),
  command(['bench', 'differential'], 'unbound', 'unbound'),
  { name: 'PostgreSQL', packages: ['postgresql'], layers: ['postgres'], find: postgresPrograms },
  // An OpenID provider, a web server and a signing token that this project did not write.
  perl('Lemonldap::NG::Portal::Main', 'liblemonldap-ng-portal-perl'),
  perl('GD::SecurityImage', 'libgd-securityimage-perl'),
  perl('Image::Magick', 'libimage-magick-perl'),
  perl('String::Random', 'libstring-random-perl'),
  perl('IO::String', 'libio-string-perl'),
  command('provider', 'plackup', 'libplack-perl'),
  command(['provider', 'bench'], 'nginx', 'nginx-light', 'nginx'),
  command('provider', 'softhsm2-util', 'softhsm2'),
  command('provider', 'pkcs11-tool', 'opensc'),
  command('bench', 'dnsmasq', 'dnsmasq-base'),
  command('bench', 'dnsdist', 'dnsdist'),
  command('bench', 'dnsperf', 'dnsperf'),
  command('bench', 'socat', 'socat'),
  command('bench', 'taskset', 'util-linux'),
  command('bench', 'wrk', 'wrk'),
  // The services of a desktop that the packed program meets: recorded, or played.
  command('package', 'dbus-monitor', 'dbus-bin', 'dbus'),
  command('package', 'busctl', 'systemd'),
  {
    name: 'python3-dbusmock',
    packages: ['python3-dbusmock'],
    layers: ['package'],
    find: () => (existsSync(DBUSMOCK) ? DBUSMOCK : null),
  },
  // A wall clock for one process.
  command(['endurance', 'package'], 'gcc', 'gcc'),
  {
    name: 'libc headers',
    packages: ['libc6-dev'],
    layers: ['endurance', 'package'],
    find: () => (existsSync(LIBC_HEADER) ? LIBC_HEADER : null),
  },
  command('package', 'desktop-file-validate', 'desktop-file-utils'),
  command('package', 'gio', 'libglib2.0-bin'),
  command('package', 'xdotool', 'xdotool'),
  command('package', 'Xvfb', 'xvfb'),
  command('electron', 'unzip', 'unzip'),
  command('electron', 'xvfb-run', 'xvfb'),
  command('electron', 'xauth', 'xauth'),
  command('electron', 'dbus-run-session', 'dbus-daemon', 'dbus'),
  // The desktop that its tests bring: X server with several displays, window manager, panel with tray icons, notifications, settings.
  file('the X server', '/usr/lib/xorg/Xorg', 'xserver-xorg-core'),
  file('its dummy driver', '/usr/lib/xorg/modules/drivers/dummy_drv.so', 'xserver-xorg-video-dummy'),
  command('electron', 'xrandr', 'x11-xserver-utils'),
  command('electron', 'xprop', 'x11-utils'),
  command('electron', 'openbox', 'openbox'),
  command('electron', 'xfce4-panel', 'xfce4-panel'),
  command('electron', 'xfconf-query', 'xfconf'),
  command('electron', 'xsettingsd', 'xsettingsd'),
  command('electron', 'dunst', 'dunst'),
  command('electron', 'busctl', 'systemd'),
  command('electron', 'gio', 'libglib2.0-bin'),
  command('electron', 'xdg-open', 'xdg-utils'),
  command('electron', 'xdotool', 'xdotool'),
  command('electron', 'import', 'imagemagick'),
  file('icons', '/usr/share/icons/Adwaita/index.theme', 'adwaita-icon-theme'),
  library('libgtk-3.so.0', 'libgtk-3-0', 'libgtk-3-0t64'),
  library('libnss3.so', 'libnss3'),
  library('libasound.so.2', 'libasound2', 'libasound2t64'),
  library('libgbm.so.1', 'libgbm1'),
  library('libnotify.so.4', 'libnotify4'),
  library('libXss.so.1', 'libxss1'),
  library('libXtst.so.6', 'libxtst6'),
  library('libsecret-1.so.0', 'libsecret-1-0'),
  file('a font', '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', 'fonts-dejavu-core'),
];
