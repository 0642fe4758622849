import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram } from './program/build-program.ts';
import { isTargetName, type TargetName, targets } from './program/targets.ts';

/** `npm run package -- WHAT [TARGET...] [--out FOLDER]`: docs/packages.md. What is built is in `FOLDER/WHAT/TARGET/`. */
const root = join(import.meta.dirname, '..');
const all = Object.keys(targets) as TargetName[];
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(root, 'dist') } },
});
const [what = '', ...names] = positionals;
if (what !== 'program' || names.some((name) => !isTargetName(name))) {
  process.stderr.write(`usage: npm run package -- program [${all.join('|')}]... [--out FOLDER]\n`);
  process.exit(2);
}
for (const name of names.length === 0 ? all : names.filter(isTargetName)) {
  const out = join(resolve(values.out), 'program', name);
  await buildProgram(root, name, out, join(root, 'dist', 'cache'));
  process.stdout.write(`${relative(process.cwd(), out)}\n`);
}
