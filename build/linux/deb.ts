import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  compressManual,
  createStage,
  gzip,
  MAINTAINER,
  type Release,
  type Stage,
  setDates,
  stageGateway,
} from './stage.ts';
import { stageHub } from './stage-hub.ts';

export interface DebOptions extends Release {
  readonly architecture: 'amd64' | 'arm64';
  /** `xz` for release; `none` is fast and large. */
  readonly compression: 'xz' | 'none';
}

/** One Debian package: what it is called, what it needs, and what goes in. */
interface DebPackage {
  readonly name: string;
  /** Of build/linux/, with `debian/` and `copyright` in it. */
  readonly folder: string;
  /** Below build/. */
  readonly units: readonly string[];
  /** The command whose manual it brings. */
  readonly command: string;
  readonly depends: readonly string[];
  readonly synopsis: string;
  readonly description: string;
  stage(stage: Stage): void | Promise<void>;
}

/** What Node is linked with. */
const NODE_NEEDS = ['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 9)'];
const DEBCONF = 'debconf (>= 0.5) | debconf-2.0';

/** The Debian package of the gateway. @param program as `buildProgram` left it. @returns the path of the package in `out` */
export function buildGatewayDeb(checkout: string, program: string, out: string, options: DebOptions): Promise<string> {
  const gateway: DebPackage = {
    name: 'portcullis-gateway',
    folder: 'gateway',
    units: ['portcullis-gateway.service'],
    command: 'portcullis',
    // The service and its user; the wall around engines, and the gateway's addresses.
    depends: [...NODE_NEEDS, 'systemd (>= 245)', 'nftables', 'iproute2', DEBCONF],
    synopsis: 'gateway that keeps container engines to the registries an organization allows',
    description: ` Registry Access Management for the container engines of this machine: a DNS
 filter and a registry proxy, a wall around the engines, and the command line
 that attaches them, signs in, and says why a pull is blocked.
`,
    stage: (stage) => stageGateway(stage, checkout, program, options),
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
    await made.stage(stage);
    // Where systemd of every Debian finds it.
    for (const unit of made.units) stage.file(`lib/systemd/system/${unit}`, join(checkout, 'build', unit));
    stage.file(`usr/share/doc/${name}/copyright`, join(own, 'copyright'));
    stage.file(`usr/share/lintian/overrides/${name}`, join(debian, 'lintian-overrides'));
    compressManual(stage, root, made.command);
    stage.text(`usr/share/doc/${name}/changelog.Debian.gz`, gzip(changelog(name, options)));
    stage.text(`usr/share/doc/${name}/changelog.gz`, gzip(readFileSync(join(checkout, 'CHANGELOG.md'))));

    for (const script of ['config', 'postinst', 'prerm', 'postrm']) {
      stage.file(`DEBIAN/${script}`, join(debian, script), 0o755);
    }
    stage.file('DEBIAN/templates', join(debian, 'templates'));
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
Homepage: https://portcullis.example
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
