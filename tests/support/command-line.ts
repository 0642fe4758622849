import { resolve } from 'node:path';

/** What Node runs as `portcullis`: built where tests/run.ts has built it, else the sources, so that one test needs no build. */
export const CLI = process.env.PORTCULLIS_TEST_CLI ?? resolve(import.meta.dirname, '../../main/cli/index.ts');

/** The same for `portcullis hub`. Passwords cost it little: see quick-passwords.ts. */
export const HUB = ['--import', resolve(import.meta.dirname, 'quick-passwords.ts'), CLI, 'hub'];
