import { readFile, writeFile } from 'node:fs/promises';
import { TEMPLATES, writeTemplates } from '../../build/templates/template-files.ts';
import { withTables } from './admin-guide.ts';
import { problemGuide } from './problem-guide.ts';
import { withPullCases } from './pull-cases.ts';
import { withFailures } from './session-failures.ts';

/** `npm run docs`: writes the tables of the guides anew from the tests' cases, and the templates for device management. */
async function update(name: string, renew: (guide: string) => string): Promise<void> {
  const guide = new URL(`../../docs/${name}`, import.meta.url);
  await writeFile(guide, renew(await readFile(guide, 'utf8')));
}

await update('admin-guide.md', withTables);
await update('attachment.md', withPullCases);
await update('session.md', withFailures);
await update('problems.md', problemGuide);
await writeTemplates(TEMPLATES);
