import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { admx } from '../../main/managed-config/admx.ts';
import { adml } from './adml.ts';
import { jamfSchema, macosDomains, profileManifest } from './macos.ts';

/** Where they are kept, so that an administrator finds them without building anything. */
export const TEMPLATES = join(import.meta.dirname, 'files');

/** All templates by their path below `TEMPLATES`, generated from the schema of the settings. */
export function templateFiles(): Map<string, string> {
  return new Map([
    ['windows/Portcullis.admx', admx()],
    ...(['en-US', 'de-DE'] as const).map((language): [string, string] => [
      `windows/${language}/Portcullis.adml`,
      adml(language),
    ]),
    ...macosDomains.flatMap((domain): [string, string][] => [
      [`profile-manifests/${domain.domain}.plist`, profileManifest(domain)],
      [`jamf/${domain.domain}.json`, jamfSchema(domain)],
    ]),
  ]);
}

export async function writeTemplates(folder: string): Promise<void> {
  for (const [name, content] of templateFiles()) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
