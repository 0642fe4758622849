import { readFile, writeFile } from 'node:fs/promises';
import { withTables } from './admin-guide.ts';

/** `npm run docs`: writes the tables of docs/admin-guide.md anew from the tests' cases. */
const guide = new URL('../../docs/admin-guide.md', import.meta.url);
await writeFile(guide, withTables(await readFile(guide, 'utf8')));
