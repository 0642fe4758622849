import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGatewayDeb } from './linux/deb.ts';
import { buildProgram } from './program/build-program.ts';
import { isTargetName, type TargetName, targets } from './program/targets.ts';
import { releaseOf } from './release.ts';

/** `npm run package -- WHAT [TARGET...] [--out FOLDER]`: docs/building.md. What is built is in `FOLDER/WHAT/`. */
const root = join(import.meta.dirname, '..');
const cache = join(root, 'dist', 'cache');
const ARCHITECTURES = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' } as const;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(root, 'dist') } },
});
const out = resolve(values.out);

/** Each kind of package, the systems there are for it, and how it is built for one. */
const kinds: Record<string, { targets: readonly TargetName[]; build(name: TargetName): Promise<string> }> = {
  program: {
    targets: Object.keys(targets) as TargetName[],
    async build(name) {
      const folder = join(out, 'program', name);
      await buildProgram(root, name, folder, cache);
      return folder;
    },
  },
  deb: {
    targets: ['linux-x64', 'linux-arm64'],
    async build(name) {
      const program = join(out, 'program', name);
      await buildProgram(root, name, program, cache);
      const architecture = ARCHITECTURES[name as keyof typeof ARCHITECTURES];
      return buildGatewayDeb(root, program, join(out, 'deb'), { ...releaseOf(root), architecture, compression: 'xz' });
    },
  },
};

const [what = '', ...names] = positionals;
const kind = kinds[what];
if (kind === undefined || names.some((name) => !isTargetName(name) || !kind.targets.includes(name))) {
  const usages = Object.entries(kinds).map(([name, { targets }]) => `${name} [${targets.join('|')}]...`);
  process.stderr.write(`usage: npm run package -- WHAT [--out FOLDER], where WHAT is\n  ${usages.join('\n  ')}\n`);
  process.exit(2);
}
for (const name of names.length === 0 ? kind.targets : names.filter(isTargetName)) {
  process.stdout.write(`${relative(process.cwd(), await kind.build(name))}\n`);
}
