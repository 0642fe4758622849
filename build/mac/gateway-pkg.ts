import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeXml } from '../../main/managed-config/admx.ts';
import { bom } from './bom.ts';
import { contentOf, type Entry, payloadOf } from './cpio.ts';
import { xar } from './xar.ts';

const IDENTIFIER = 'io.portcullis.gateway';
const LIBRARY = 'usr/local/lib/portcullis';
const PKG = join(import.meta.dirname, 'pkg');

export interface PkgOptions {
  readonly version: string;
  /** Seconds since 1970: the date of all that is in it, so that the same files give the same bytes. */
  readonly epoch: number;
  /** As Apple's installer names it. */
  readonly architecture: 'x86_64' | 'arm64';
}

/**
 * The installer package of the gateway: what `pkgbuild` and `productbuild` make on macOS, without them. Not signed.
 *
 * @param program the folder with the program for macOS
 * @param out the folder for the package
 * @returns its path
 */
export function buildGatewayPkg(program: string, out: string, { version, epoch, architecture }: PkgOptions): string {
  const entries = entriesOf(program);
  const kilobytes = Math.ceil(entries.reduce((sum, entry) => sum + contentOf(entry).length, 0) / 1024);
  const scripts = ['preinstall', 'postinstall'].map((name) => fileIn(join(PKG, 'scripts'), name, name, 0o755));
  const component = 'portcullis-gateway.pkg';
  const archive = xar(
    [
      { name: 'Distribution', content: Buffer.from(distribution(version, kilobytes, architecture, component)) },
      {
        name: component,
        members: [
          { name: 'Bom', content: bom(entries, epoch) },
          { name: 'PackageInfo', content: Buffer.from(packageInfo(version, entries.length + 1, kilobytes)) },
          { name: 'Payload', content: payloadOf(entries, epoch) },
          { name: 'Scripts', content: payloadOf(scripts, epoch) },
        ],
      },
    ],
    epoch,
  );
  mkdirSync(out, { recursive: true });
  const path = join(out, `portcullis-gateway-${version}-${architecture}.pkg`);
  writeFileSync(path, archive);
  return path;
}

/** All that is installed, each folder before what is in it. */
function entriesOf(program: string): Entry[] {
  const files = [
    ...treeIn(program, LIBRARY),
    fileIn(PKG, 'gateway.json', `${LIBRARY}/gateway.json`, 0o644),
    fileIn(PKG, 'uninstall.sh', `${LIBRARY}/uninstall.sh`, 0o755),
    fileIn(PKG, 'com.portcullis.gateway.plist', 'Library/LaunchDaemons/com.portcullis.gateway.plist', 0o644),
    { kind: 'link', path: 'usr/local/bin/portcullis', target: '../lib/portcullis/portcullis', mode: 0o755 } as const,
  ];
  const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)));
  const all: Entry[] = [...[...folders].map((path): Entry => ({ kind: 'folder', path, mode: 0o755 })), ...files];
  return all.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function treeIn(folder: string, at: string): Entry[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return treeIn(path, `${at}/${name}`);
    return [fileIn(folder, name, `${at}/${name}`, statSync(path).mode & 0o100 ? 0o755 : 0o644)];
  });
}

function fileIn(folder: string, name: string, path: string, mode: number): Entry {
  return { kind: 'file', path, mode, content: readFileSync(join(folder, name)) };
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** @param files with the root of the volume. */
function packageInfo(version: string, files: number, kilobytes: number): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<pkg-info format-version="2" identifier="${IDENTIFIER}" version="${escapeXml(version)}" install-location="/" auth="root" overwrite-permissions="true" relocatable="false" postinstall-action="none">
  <payload numberOfFiles="${files}" installKBytes="${kilobytes}"/>
  <scripts>
    <preinstall file="./preinstall"/>
    <postinstall file="./postinstall"/>
  </scripts>
</pkg-info>
`;
}

function distribution(version: string, kilobytes: number, architecture: string, component: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<installer-gui-script minSpecVersion="2">
  <title>Portcullis</title>
  <options customize="never" require-scripts="false" rootVolumeOnly="true" hostArchitectures="${architecture}"/>
  <domains enable_anywhere="false" enable_currentUserHome="false" enable_localSystem="true"/>
  <choices-outline>
    <line choice="default">
      <line choice="${IDENTIFIER}"/>
    </line>
  </choices-outline>
  <choice id="default"/>
  <choice id="${IDENTIFIER}" visible="false">
    <pkg-ref id="${IDENTIFIER}"/>
  </choice>
  <pkg-ref id="${IDENTIFIER}" version="${escapeXml(version)}" onConclusion="none" installKBytes="${kilobytes}">#${component}</pkg-ref>
</installer-gui-script>
`;
}
