import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGatewayDeb, buildHubDeb, buildTrayDeb } from './linux/deb.ts';
import { packTray } from './linux/pack-tray.ts';
import { buildGatewayRpm, buildHubRpm, buildTrayRpm } from './linux/rpm.ts';
import { buildMac } from './mac/build-mac.ts';
import { buildHubProgram, buildProgram, hubTargets } from './program/build-program.ts';
import { type TargetName, targets } from './program/targets.ts';
import { releaseOf } from './release.ts';
import { buildWindows } from './windows/build-windows.ts';
import { signingCertificate } from './windows/sign.ts';

/** `npm run package -- WHAT [TARGET...] [--out FOLDER] [--electron FOLDER]`: docs/building.md. What is built is in `FOLDER/WHAT/`. */
const root = join(import.meta.dirname, '..');
const cache = join(root, 'dist', 'cache');
const ARCHITECTURES = {
  'linux-x64': { deb: 'amd64', rpm: 'x86_64' },
  'linux-arm64': { deb: 'arm64', rpm: 'aarch64' },
} as const;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(root, 'dist') }, electron: { type: 'string' } },
});
const out = resolve(values.out);

/** A kind of package: the systems there are for it, and how it is built for one of them. */
interface Kind {
  readonly targets: readonly string[];
  /** @returns what was built, one path or several; null for another system */
  build(name: string): Promise<readonly string[]> | null;
}

function kind<T extends string>(names: readonly T[], build: (name: T) => Promise<string | readonly string[]>): Kind {
  return {
    targets: names,
    build(wanted) {
      const name = names.find((known) => known === wanted);
      return name === undefined ? null : build(name).then((built) => [built].flat());
    },
  };
}

const kinds: Record<string, Kind> = {
  program: kind(Object.keys(targets) as TargetName[], async (name) => {
    const folder = join(out, 'program', name);
    await buildProgram(root, name, folder, cache);
    return folder;
  }),
  'hub-program': kind(hubTargets, hubProgram),
  deb: kind(hubTargets, async (name) => {
    const architecture = ARCHITECTURES[name].deb;
    const options = { ...releaseOf(root), architecture, compression: 'xz' } as const;
    return [
      await buildGatewayDeb(root, await linuxProgram(name), join(out, 'deb'), options),
      await buildHubDeb(root, await hubProgram(name), join(out, 'deb'), options),
    ];
  }),
  rpm: kind(hubTargets, async (name) => {
    const architecture = ARCHITECTURES[name].rpm;
    const options = { ...releaseOf(root), architecture, compression: 'zstd' } as const;
    return [
      await buildGatewayRpm(root, await linuxProgram(name), join(out, 'rpm'), options),
      await buildHubRpm(root, await hubProgram(name), join(out, 'rpm'), options),
    ];
  }),
  // The one that `npm ci` brings is for releases; another one is for tests, and the package says so.
  tray: kind(['linux-x64'], async (name) => {
    const electron = values.electron ?? join(root, 'node_modules/electron/dist');
    const packed = packTray(root, resolve(electron), join(out, 'tray'));
    const options = { ...releaseOf(root), isForRelease: values.electron === undefined };
    const { deb, rpm } = ARCHITECTURES[name];
    return [
      await buildTrayDeb(root, packed, join(out, 'deb'), { ...options, architecture: deb, compression: 'xz' }),
      await buildTrayRpm(root, packed, join(out, 'rpm'), { ...options, architecture: rpm, compression: 'zstd' }),
    ];
  }),
  windows: kind(['win32-x64'], async () => {
    const folder = join(out, 'windows');
    await buildWindows(root, folder, cache, signingCertificate(process.env));
    return folder;
  }),
  mac: kind(['darwin-x64'], () => buildMac(root, out, cache)),
};

/** What goes into the gateway's package for Linux. */
async function linuxProgram(name: TargetName): Promise<string> {
  const program = join(out, 'program', name);
  await buildProgram(root, name, program, cache);
  return program;
}

async function hubProgram(name: (typeof hubTargets)[number]): Promise<string> {
  const program = join(out, 'hub-program', name);
  await buildHubProgram(root, name, program, cache);
  return program;
}

const [what = '', ...names] = positionals;
const wanted = kinds[what];
if (wanted === undefined || names.some((name) => !wanted.targets.includes(name))) {
  const usages = Object.entries(kinds).map(([name, { targets }]) => `${name} [${targets.join('|')}]...`);
  process.stderr.write(
    `usage: npm run package -- WHAT [--out FOLDER] [--electron FOLDER], where WHAT is\n  ${usages.join('\n  ')}\n`,
  );
  process.exit(2);
}
for (const name of names.length === 0 ? wanted.targets : names) {
  const built = await wanted.build(name);
  for (const path of built ?? []) process.stdout.write(`${relative(process.cwd(), path)}\n`);
}
