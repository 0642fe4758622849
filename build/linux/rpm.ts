import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  compressManual,
  createStage,
  GATEWAY_UNITS,
  MAINTAINER,
  type Release,
  type Stage,
  setDates,
  stageGateway,
} from './stage.ts';
import { stageHub } from './stage-hub.ts';
import { stageTray } from './stage-tray.ts';

export interface RpmOptions extends Release {
  readonly architecture: 'x86_64' | 'aarch64';
  /** `zstd` for release; `fast` takes seconds, and more room. */
  readonly compression: 'zstd' | 'fast';
}

/** One RPM. */
interface RpmPackage {
  readonly name: string;
  /** `FOLDER/NAME`, below build/linux/. */
  readonly spec: string;
  /** More that the spec asks for. */
  readonly defined?: Readonly<Record<string, string>>;
  /** Below build/. */
  readonly units: readonly string[];
  /** The command whose manual it brings. */
  readonly command: string;
  /** @param root of the stage */
  stage(stage: Stage, root: string): void | Promise<void>;
}

/** The RPM of the gateway. @param program as `buildProgram` left it. @returns the path of the package in `out` */
export function buildGatewayRpm(checkout: string, program: string, out: string, options: RpmOptions): Promise<string> {
  const gateway: RpmPackage = {
    ...{ name: 'portcullis-gateway', spec: 'gateway/portcullis-gateway', command: 'portcullis' },
    units: GATEWAY_UNITS,
    stage: (stage) => stageGateway(stage, checkout, program, options, 'usr/share/zsh/site-functions'),
  };
  return buildRpm(checkout, gateway, out, options);
}

/** The RPM of the hub. @param program as `buildHubProgram` left it. @returns the path of the package in `out` */
export function buildHubRpm(checkout: string, program: string, out: string, options: RpmOptions): Promise<string> {
  const hub: RpmPackage = {
    ...{ name: 'portcullis-hub', spec: 'hub/portcullis-hub', command: 'portcullis-hub' },
    units: ['portcullis-hub.service'],
    stage: (stage) => stageHub(stage, checkout, program, options),
  };
  return buildRpm(checkout, hub, out, options);
}

/**
 * The RPM of the tray. Packed with an Electron that is for tests alone it has another name, and says so.
 *
 * @param packed what electron-builder left for `--linux dir`. @returns the path of the package in `out`
 */
export function buildTrayRpm(
  checkout: string,
  packed: string,
  out: string,
  options: RpmOptions & { readonly isForRelease: boolean },
): Promise<string> {
  const { isForRelease } = options;
  const name = isForRelease ? 'portcullis' : 'portcullis-not-for-release';
  const tray: RpmPackage = {
    ...{ name, spec: 'tray/portcullis-tray', units: [], command: 'portcullis-tray' },
    defined: {
      portcullis_name: name,
      portcullis_summary: `Tray icon and panel of Portcullis${isForRelease ? '' : ' (test build, not for release)'}`,
      ...(isForRelease ? {} : { portcullis_tests: '1' }),
    },
    stage: (stage, root) => stageTray(stage, root, checkout, packed, options),
  };
  return buildRpm(checkout, tray, out, options);
}

/** With rpmbuild: whatever is in a package is laid out here, and nothing is compiled. */
async function buildRpm(checkout: string, made: RpmPackage, out: string, options: RpmOptions): Promise<string> {
  const { name } = made;
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, '.rpm-'));
  try {
    const root = join(work, 'root');
    const stage = createStage(root);
    await made.stage(stage, root);
    for (const unit of made.units) stage.file(`usr/lib/systemd/system/${unit}`, join(checkout, 'build', unit));
    stage.file(`usr/share/licenses/${name}/LICENSE`, join(checkout, 'LICENSE'));
    stage.file(`usr/share/doc/${name}/CHANGELOG.md`, join(checkout, 'CHANGELOG.md'));
    compressManual(stage, root, made.command);
    setDates(root, options.epoch);
    const defined = {
      _topdir: join(work, 'top'),
      _rpmdir: work,
      _rpmfilename: 'made.rpm',
      // Fast to unpack, and known to every rpm since 2018.
      _binary_payload: options.compression === 'zstd' ? 'w19.zstdio' : 'w1.zstdio',
      _buildhost: 'portcullis',
      source_date_epoch_from_changelog: '0',
      use_source_date_epoch_as_buildtime: '1',
      clamp_mtime_to_source_date_epoch: '1',
      portcullis_version: options.version,
      portcullis_packager: MAINTAINER,
      portcullis_date: changelogDate(options.epoch),
      portcullis_stage: root,
      ...made.defined,
    };
    const defines = Object.entries(defined).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    const spec = join(checkout, 'build/linux', `${made.spec}.spec`);
    execFileSync('rpmbuild', ['-bb', '--quiet', '--target', `${options.architecture}-linux`, ...defines, spec], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(options.epoch) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (!readdirSync(work).includes('made.rpm')) throw new Error('rpmbuild made no package');
    const file = join(out, `${name}-${options.version}-1.${options.architecture}.rpm`);
    renameSync(join(work, 'made.rpm'), file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** As rpm writes it: Sat Nov 28 2026. */
function changelogDate(epoch: number): string {
  return new Date(epoch * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) .*/, '$1 $3 $2 $4');
}
