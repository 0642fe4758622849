import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compressManual, createStage, MAINTAINER, type Release, setDates, stageGateway } from './stage.ts';

export interface RpmOptions extends Release {
  readonly architecture: 'x86_64' | 'aarch64';
  /** `zstd` for release; `fast` takes seconds, and more room. */
  readonly compression: 'zstd' | 'fast';
}

const GATEWAY = 'portcullis-gateway';

/**
 * Builds the RPM of the gateway with rpmbuild: whatever is in a package is laid out here, and nothing is compiled.
 *
 * @param program as `buildProgram` left it
 * @returns the path of the package in `out`
 */
export async function buildGatewayRpm(
  checkout: string,
  program: string,
  out: string,
  options: RpmOptions,
): Promise<string> {
  const own = join(checkout, 'build/linux/gateway');
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, '.rpm-'));
  try {
    const root = join(work, 'root');
    const stage = createStage(root);
    await stageGateway(stage, checkout, program, options);
    const unit = join(checkout, 'build/portcullis-gateway.service');
    stage.file('usr/lib/systemd/system/portcullis-gateway.service', unit);
    stage.file(`usr/share/licenses/${GATEWAY}/LICENSE`, join(checkout, 'LICENSE'));
    stage.file(`usr/share/doc/${GATEWAY}/CHANGELOG.md`, join(checkout, 'CHANGELOG.md'));
    compressManual(stage, root);
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
    };
    const defines = Object.entries(defined).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    const spec = join(own, `${GATEWAY}.spec`);
    execFileSync('rpmbuild', ['-bb', '--quiet', '--target', `${options.architecture}-linux`, ...defines, spec], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(options.epoch) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (!readdirSync(work).includes('made.rpm')) throw new Error('rpmbuild made no package');
    const file = join(out, `${GATEWAY}-${options.version}-1.${options.architecture}.rpm`);
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
