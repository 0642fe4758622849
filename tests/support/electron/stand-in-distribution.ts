import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';
import { z } from 'zod';
import manifest from '../../../node_modules/electron/package.json' with { type: 'json' };

export type PackedPlatform = 'linux' | 'win' | 'mac';

/** Where the fuses are in Electron's program (https://www.electronjs.org/docs/latest/tutorial/fuses#the-quick-hacky-way). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const WIRE_VERSION = 1;
/** As Electron delivers them: the wrong way round for us, but for one, so that each has to be set. */
const DELIVERED = '10110010';

/** An executable as far as a packager looks at it. */
function program(header: Uint8Array): Buffer {
  const wire = Buffer.from([WIRE_VERSION, DELIVERED.length]);
  return Buffer.concat([
    header,
    Buffer.alloc(64),
    Buffer.from(SENTINEL),
    wire,
    Buffer.from(DELIVERED),
    Buffer.alloc(64),
  ]);
}

const ELF = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);

/** As much of `resedit` as makes an executable with a version; electron-builder reads and changes it by the same package. */
interface Resedit {
  NtExecutable: { createEmpty(is32Bit: boolean, isDLL: boolean): { generate(): ArrayBuffer } };
  NtExecutableResource: { from(executable: object): { entries: object[]; outputResource(executable: object): void } };
  Resource: {
    VersionInfo: {
      createEmpty(): {
        lang: number;
        setFileVersion(major: number, minor: number, micro: number, revision: number, lang: number): void;
        setStringValues(language: { lang: number; codepage: number }, values: Record<string, string>): void;
        outputToResourceEntries(entries: object[]): void;
      };
    };
  };
}

/** An empty Windows program, to be given an icon, a name and the checksum of the archive. */
function emptyExe(): Buffer {
  const ofBuilder = createRequire(createRequire(import.meta.url).resolve('app-builder-lib'));
  const { NtExecutable, NtExecutableResource, Resource } = ofBuilder('resedit') as Resedit;
  const executable = NtExecutable.createEmpty(false, false);
  const resources = NtExecutableResource.from(executable);
  const english = { lang: 1033, codepage: 1200 };
  const version = Resource.VersionInfo.createEmpty();
  version.lang = english.lang;
  version.setFileVersion(1, 0, 0, 0, english.lang);
  version.setStringValues(english, { ProductName: 'Electron', FileDescription: 'Electron' });
  version.outputToResourceEntries(resources.entries);
  resources.outputResource(executable);
  return Buffer.from(executable.generate());
}

function plist(entries: Record<string, string>): string {
  const lines = Object.entries(entries).map(([key, value]) => `<key>${key}</key><string>${value}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>${lines.join('')}</dict></plist>
`;
}

/**
 * A folder that looks to electron-builder like an unpacked Electron, because Electron itself cannot be had everywhere: its
 * layout, a program with a wire of fuses, the default application, Chromium's languages.
 */
export async function writeStandInElectron(folder: string, platform: PackedPlatform): Promise<void> {
  const { version } = z.object({ version: z.string() }).parse(manifest);
  const write = async (path: string, content: string | Uint8Array, mode = 0o644): Promise<void> => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content, { mode });
  };
  await write('version', version);
  await write('LICENSE', 'Electron’s licence');
  await write('LICENSES.chromium.html', 'Chromium’s licences');
  const resources = platform === 'mac' ? 'Electron.app/Contents/Resources' : 'resources';
  await mkdir(join(folder, resources), { recursive: true });
  await writeDefaultApp(join(folder, resources, 'default_app.asar'));

  switch (platform) {
    case 'linux':
      await write('electron', program(ELF), 0o755);
      await write('chrome-sandbox', '', 0o755);
      break;
    case 'win':
      await write('electron.exe', program(emptyExe()));
      break;
    case 'mac': {
      const contents = 'Electron.app/Contents';
      const framework = `${contents}/Frameworks/Electron Framework.framework`;
      await write(`${contents}/MacOS/Electron`, '', 0o755);
      await write(`${contents}/Info.plist`, plist({ CFBundleExecutable: 'Electron' }));
      await write(`${framework}/Electron Framework`, program(new Uint8Array()), 0o755);
      for (const language of ['en', 'de', 'fr']) {
        await write(`${contents}/Resources/${language}.lproj/x`, '');
        await write(`${framework}/Versions/A/Resources/${language}.lproj/locale.pak`, '');
      }
      for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
        const name = `Electron Helper${kind}`;
        await write(`${contents}/Frameworks/${name}.app/Contents/MacOS/${name}`, '', 0o755);
        await write(`${contents}/Frameworks/${name}.app/Contents/Info.plist`, plist({ CFBundleExecutable: name }));
      }
      return;
    }
  }
  for (const language of ['en-US', 'de', 'fr']) await write(`locales/${language}.pak`, '');
}

async function writeDefaultApp(file: string): Promise<void> {
  const source = await mkdtemp(join(file, '..', 'default-'));
  await writeFile(join(source, 'package.json'), '{"name":"default","main":"main.js"}');
  await writeFile(join(source, 'main.js'), '');
  await createPackage(source, file);
  await rm(source, { recursive: true });
}
