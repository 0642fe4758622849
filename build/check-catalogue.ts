import { REGISTRIES } from '../shared/catalogue/registries.ts';
import { staleRows } from '../shared/catalogue/stale-rows.ts';

/*
 * Part of a release (`npm run check:catalogue`, and before `npm run pack`): names the rows of the catalogue that nobody has compared with
 * their source for a year. Exits with 1 if there are any, except with --warn.
 */
const stale = staleRows(REGISTRIES, Date.now());
for (const { name, checked, source } of stale) {
  process.stderr.write(`catalogue: ${name} was last checked on ${checked}; compare it with ${source}\n`);
}
if (stale.length > 0 && !process.argv.includes('--warn')) process.exitCode = 1;
