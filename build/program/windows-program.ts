import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Data, NtExecutable, NtExecutableResource, Resource } from 'resedit';

/** What Windows shows of a file. */
export interface ProgramVersion {
  /** As in package.json: 1.2.3. */
  readonly version: string;
  readonly description: string;
  readonly company: string;
  readonly copyright: string;
}

/** Where Node looks for what it is to run (https://nodejs.org/api/single-executable-applications.html). */
export const RESOURCE = 'NODE_SEA_BLOB';
export const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Numbers of kinds of resources (https://learn.microsoft.com/en-us/windows/win32/menurc/resource-types). */
const RT = { icon: 3, data: 10, groupIcon: 14, version: 16 };
/** English (United States), and UTF-16. */
const LANGUAGE = { lang: 1033, codepage: 1200 };
const ICON = join(import.meta.dirname, '..', 'icon.ico');

/** Puts `blob` into node.exe as a resource, with our icon and version. The signature of node.exe, which no longer fits, is left out. */
export function injectIntoWindowsProgram(node: Buffer, blob: Buffer, described: ProgramVersion): Buffer {
  const program = NtExecutable.from(node, { ignoreCert: true });
  const resources = NtExecutableResource.from(program);
  // Those of Node itself: its icon and its version.
  resources.entries = resources.entries.filter(
    ({ type }) => ![RT.icon, RT.groupIcon, RT.version].includes(type as number),
  );
  resources.entries.push({ type: RT.data, id: RESOURCE, ...LANGUAGE, bin: toArrayBuffer(blob) });
  const { icons } = Data.IconFile.from(readFileSync(ICON));
  const images = icons.map(({ data }) => data);
  Resource.IconGroupEntry.replaceIconsForResource(resources.entries, 1, LANGUAGE.lang, images);
  versionResource(described).outputToResourceEntries(resources.entries);
  resources.outputResource(program);
  return lightFuse(Buffer.from(program.generate()));
}

function versionResource({ version, description, company, copyright }: ProgramVersion): Resource.VersionInfo {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const info = Resource.VersionInfo.createEmpty();
  info.lang = LANGUAGE.lang;
  info.setFileVersion(major, minor, patch, 0, LANGUAGE.lang);
  info.setProductVersion(major, minor, patch, 0, LANGUAGE.lang);
  info.setStringValues(
    { lang: LANGUAGE.lang, codepage: LANGUAGE.codepage },
    {
      CompanyName: company,
      FileDescription: description,
      FileVersion: version,
      InternalName: 'portcullis',
      LegalCopyright: copyright,
      OriginalFilename: 'portcullis.exe',
      ProductName: 'Portcullis',
      ProductVersion: version,
    },
  );
  return info;
}

/** Node looks for the resource only where the byte behind these words says so. */
function lightFuse(program: Buffer): Buffer {
  const place = program.indexOf(`${FUSE}:0`);
  if (place < 0 || program.indexOf(`${FUSE}:0`, place + 1) >= 0)
    throw new Error('node.exe does not contain its fuse once');
  program[place + FUSE.length + 1] = '1'.charCodeAt(0);
  return program;
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
