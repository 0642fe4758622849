import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  compressManual,
  createStage,
  GATEWAY_UNITS,
  gzip,
  MAINTAINER,
  type Release,
  type Stage,
  setDates,
  stageGateway,
} from './stage.ts';
import { stageHub } from './stage-hub.ts';
import { stageTray } from './stage-tray.ts';

export interface DebOptions extends Release {
  readonly architecture: 'amd64' | 'arm64';
  /** `xz` for release; `none` is fast and large. */
  readonly compression: 'xz' | 'none';
}

/** One Debian package: what it is called, what it needs, and what goes in. */
interface DebPackage {
  readonly name: string;
  /** Of build/linux/, with `copyright` in it, and in `debian/` the overrides of lintian, and the scripts and questions where there are any. */
  readonly folder: string;
  /** Below build/. */
  readonly units: readonly string[];
  /** The command whose manual it brings. */
  readonly command: string;
  readonly depends: readonly string[];
  readonly synopsis: string;
  readonly description: string;
  /** What a person should know before installing it; empty for a release. */
  readonly fields?: string;
  stage(stage: Stage, root: string): void | Promise<void>;
}

/** What Node is linked with. */
const NODE_NEEDS = ['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 9)'];
const DEBCONF = 'debconf (>= 0.5) | debconf-2.0';

/** The Debian package of the gateway. @param program as `buildProgram` left it. @returns the path of the package in `out` */
export function buildGatewayDeb(checkout: string, program: string, out: string, options: DebOptions): Promise<string> {
  const gateway: DebPackage = {
    name: 'portcullis-gateway',
    folder: 'gateway',
    units: GATEWAY_UNITS,
    command: 'portcullis',
    // The service and its user; the wall around engines, and the gateway's addresses.
    depends: [...NODE_NEEDS, 'systemd (>= 245)', 'nftables', 'iproute2', DEBCONF],
    synopsis: 'gateway that keeps container engines to the registries an organization allows',
    description: ` Registry Access Management for the container engines of this machine: a DNS
 filter and a registry proxy, a wall around the engines, and the command line
 that attaches them, signs in, and says why a pull is blocked.
`,
    stage: (stage) => stageGateway(stage, checkout, program, options, 'usr/share/zsh/vendor-completions'),
  };
  return buildDeb(checkout, gateway, out, options);
}

/** The Debian package of the hub. @param program as `buildHubProgram` left it. @returns the path of the package in `out` */
export function buildHubDeb(checkout: string, program: string, out: string, options: DebOptions): Promise<string> {
  const hub: DebPackage = {
    name: 'portcullis-hub',
    folder: 'hub',
    units: ['portcullis-hub.service'],
    command: 'portcullis-hub',
    depends: [...NODE_NEEDS, 'systemd (>= 245)', DEBCONF],
    synopsis: 'server where an organization keeps its allowed container registries',
    description: ` Registry Access Management: people sign in here, owners edit the allowed
 registries, and every machine of the organization fetches the signed policy.
 One process and one SQLite database, behind a TLS proxy.
`,
    stage: (stage) => stageHub(stage, checkout, program, options),
  };
  return buildDeb(checkout, hub, out, options);
}

/** What Electron is linked with, and libsecret for keytar. */
const ELECTRON_NEEDS = [
  ...['libasound2', 'libatk-bridge2.0-0', 'libatk1.0-0', 'libatspi2.0-0', 'libc6 (>= 2.28)', 'libcairo2', 'libcups2'],
  ...[
    'libdbus-1-3',
    'libdrm2',
    'libexpat1',
    'libgbm1',
    'libgcc-s1',
    'libglib2.0-0',
    'libgtk-3-0',
    'libnspr4',
    'libnss3',
  ],
  ...['libpango-1.0-0', 'libsecret-1-0', 'libstdc++6 (>= 9)', 'libx11-6', 'libxcb1', 'libxcomposite1', 'libxdamage1'],
  ...['libxext6', 'libxfixes3', 'libxkbcommon0', 'libxrandr2', 'xdg-utils'],
];

/**
 * The Debian package of the tray. Packed with an Electron that is for tests alone it has another name, and says so.
 *
 * @param packed what electron-builder left for `--linux dir`. @returns the path of the package in `out`
 */
export function buildTrayDeb(
  checkout: string,
  packed: string,
  out: string,
  options: DebOptions & { readonly isForRelease: boolean },
): Promise<string> {
  const { isForRelease, version } = options;
  const tray: DebPackage = {
    name: isForRelease ? 'portcullis' : 'portcullis-not-for-release',
    folder: 'tray',
    units: [],
    command: 'portcullis-tray',
    depends: [`portcullis-gateway (>= ${version})`, ...ELECTRON_NEEDS],
    synopsis: `tray icon and panel of Portcullis${isForRelease ? '' : ' (test build, not for release)'}`,
    description: ` Registry Access Management for container engines: signs in to the
 organization, shows whether its list of allowed registries is in force on this
 machine, and says why a pull was blocked.
${
  isForRelease
    ? ''
    : ` .
 This package was built to be tested. Its Electron is out of date and gets no
 security updates: do not install it where people work.
`
}`,
    fields: isForRelease ? '' : 'Provides: portcullis\nConflicts: portcullis\n',
    stage: (stage, root) => stageTray(stage, root, checkout, packed, options),
  };
  return buildDeb(checkout, tray, out, options);
}

/** With dpkg-deb: whatever is in a package is laid out here, and nothing is compiled. */
async function buildDeb(checkout: string, made: DebPackage, out: string, options: DebOptions): Promise<string> {
  const { name } = made;
  const own = join(checkout, 'build/linux', made.folder);
  const debian = join(own, 'debian');
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, '.deb-'));
  try {
    const root = join(work, 'root');
    const stage = createStage(root);
    await made.stage(stage, root);
    // Where systemd of every Debian finds it.
    for (const unit of made.units) stage.file(`lib/systemd/system/${unit}`, join(checkout, 'build', unit));
    stage.file(`usr/share/doc/${name}/copyright`, join(own, 'copyright'));
    stage.file(`usr/share/lintian/overrides/${name}`, join(debian, 'lintian-overrides'));
    compressManual(stage, root, made.command);
    stage.text(`usr/share/doc/${name}/changelog.Debian.gz`, gzip(changelog(name, options)));
    stage.text(`usr/share/doc/${name}/changelog.gz`, gzip(readFileSync(join(checkout, 'CHANGELOG.md'))));

    for (const script of ['config', 'postinst', 'prerm', 'postrm', 'templates']) {
      const from = join(debian, script);
      if (existsSync(from)) stage.file(`DEBIAN/${script}`, from, script === 'templates' ? 0o644 : 0o755);
    }
    stage.text('DEBIAN/md5sums', md5sums(root));
    stage.text('DEBIAN/control', control(made, options, root));
    setDates(root, options.epoch);
    const file = join(out, `${name}_${options.version}-1_${options.architecture}.deb`);
    const level = options.compression === 'xz' ? ['-Zxz', '-z6'] : ['-Znone'];
    execFileSync('dpkg-deb', [...level, '--threads-max=1', '--root-owner-group', '--build', root, file], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(options.epoch) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function control(made: DebPackage, { version, architecture }: DebOptions, root: string): string {
  return `Package: ${made.name}
Version: ${version}-1
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(sizeOf(root) / 1024)}
Depends: ${made.depends.join(', ')}
Section: admin
Priority: optional
${made.fields ?? ''}Homepage: https://portcullis.example
Description: ${made.synopsis}
${made.description}`;
}

function changelog(name: string, { version, epoch }: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `${name} (${version}-1) unstable; urgency=medium

  * Release ${version}. What changed is in changelog.gz.

 -- ${MAINTAINER}  ${date}
`;
}

function md5sums(root: string): string {
  const files = filesBelow(root).filter((path) => !path.startsWith('DEBIAN/'));
  return execFileSync('md5sum', ['--', ...files], { cwd: root, encoding: 'utf8' });
}

function sizeOf(root: string): number {
  return filesBelow(root).reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
}

/** Regular files, not links. */
function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
