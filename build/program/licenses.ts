import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });

/** The licences of what the program is made of, as one text. @param folders of packages, Node among them */
export function licensesOf(folders: readonly string[]): string {
  return folders
    .map((folder) => {
      const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      const text =
        file === undefined ? `License: ${manifest.license}` : readFileSync(join(folder, file), 'utf8').trim();
      return `# ${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})\n\n${text}\n`;
    })
    .join('\n');
}
