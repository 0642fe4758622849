import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compressManual, createStage, gzip, MAINTAINER, type Release, setDates, stageGateway } from './stage.ts';

export interface DebOptions extends Release {
  readonly architecture: 'amd64' | 'arm64';
  /** `xz` for release; `none` is fast and large. */
  readonly compression: 'xz' | 'none';
}

const GATEWAY = 'portcullis-gateway';

/**
 * Builds the Debian package of the gateway with dpkg-deb: whatever is in a package is laid out here, and nothing is compiled.
 *
 * @param program as `buildProgram` left it
 * @returns the path of the package in `out`
 */
export async function buildGatewayDeb(
  checkout: string,
  program: string,
  out: string,
  options: DebOptions,
): Promise<string> {
  const debian = join(checkout, 'build/linux/gateway/debian');
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, '.deb-'));
  try {
    const root = join(work, 'root');
    const stage = createStage(root);
    await stageGateway(stage, checkout, program, options);
    // Where systemd of every Debian finds it.
    stage.file('lib/systemd/system/portcullis-gateway.service', join(checkout, 'build/portcullis-gateway.service'));
    stage.file(`usr/share/doc/${GATEWAY}/copyright`, join(checkout, 'build/linux/gateway/copyright'));
    stage.file(`usr/share/lintian/overrides/${GATEWAY}`, join(debian, 'lintian-overrides'));
    compressManual(stage, root);
    stage.text(`usr/share/doc/${GATEWAY}/changelog.Debian.gz`, gzip(changelog(options)));
    stage.text(`usr/share/doc/${GATEWAY}/changelog.gz`, gzip(readFileSync(join(checkout, 'CHANGELOG.md'))));

    for (const name of ['config', 'postinst', 'prerm', 'postrm']) {
      stage.file(`DEBIAN/${name}`, join(debian, name), 0o755);
    }
    stage.file('DEBIAN/templates', join(debian, 'templates'));
    stage.text('DEBIAN/md5sums', md5sums(root));
    stage.text('DEBIAN/control', control(options, root));
    setDates(root, options.epoch);
    const file = join(out, `${GATEWAY}_${options.version}-1_${options.architecture}.deb`);
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

function control({ version, architecture }: DebOptions, root: string): string {
  const depends = [
    // What Node is linked with.
    ...['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 9)'],
    // The service and its user; the wall around engines, and the gateway's addresses.
    ...['systemd (>= 245)', 'nftables', 'iproute2'],
    'debconf (>= 0.5) | debconf-2.0',
  ];
  return `Package: ${GATEWAY}
Version: ${version}-1
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(sizeOf(root) / 1024)}
Depends: ${depends.join(', ')}
Section: admin
Priority: optional
Homepage: https://portcullis.example
Description: gateway that keeps container engines to the registries an organization allows
 Registry Access Management for the container engines of this machine: a DNS
 filter and a registry proxy, a wall around the engines, and the command line
 that attaches them, signs in, and says why a pull is blocked.
`;
}

function changelog({ version, epoch }: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `${GATEWAY} (${version}-1) unstable; urgency=medium

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
