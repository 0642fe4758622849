import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttachScene, startAttachScene } from '../engine/attach-scene.ts';
import { ALLOWED } from '../engine/scene.ts';
import { prepare } from '../setup/prepare.ts';
import { dockerCli } from '../support/docker-cli.ts';
import { seedRegistry } from '../support/image.ts';
import { median } from './statistics.ts';

const IMAGE = 'big:1';
/** A layer that does not compress. */
const MEGABYTES = 500;
const AUDITS = 10;

interface AttachedFigures {
  /** Seconds, one number per round: a pull of the image from a registry one cable away. */
  pullNotAttached: number[];
  pullAttached: number[];
  /** Milliseconds of processor time of one run of the audit's unit, of which there is one a minute. */
  auditUnchanged: number[];
  auditWhole: number[];
}

/** @returns an exit code */
export async function benchAttached(rounds: number, machine: unknown, jsonFile: string | undefined): Promise<number> {
  const readiness = prepare('engine', process.env);
  if (!readiness.ready) {
    process.stderr.write(`${readiness.because}. To run it: ${readiness.command}\n`);
    return 1;
  }
  const figures = await measureAttached(rounds);
  const ratios = attachedRatios(figures);
  const lines = [...attachedTable(figures), '', ...Object.entries(ratios).map((entry) => entry.join(' '))];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (jsonFile !== undefined) {
    await writeFile(jsonFile, `${JSON.stringify({ machine, ...ratios, attached: figures }, null, 2)}\n`);
  }
  return 0;
}

/** An engine in a machine of its own with systemd, not attached and attached in turns. Needs root, and what the layer `engine` needs. */
async function measureAttached(rounds: number): Promise<AttachedFigures> {
  await using scene = await startAttachScene();
  await addImage(scene);
  const figures: AttachedFigures = { pullNotAttached: [], pullAttached: [], auditUnchanged: [], auditWhole: [] };
  for (let round = 0; round < rounds; round += 1) {
    figures.pullNotAttached.push(await secondsToPull(scene));
    await succeed(scene.portcullis('engine', 'attach', '--restart'));
    await scene.allow(ALLOWED);
    figures.pullAttached.push(await secondsToPull(scene));
    if (round < rounds - 1) await succeed(scene.portcullis('engine', 'detach'));
  }
  // What follows a start of the engine is over once an audit finds nothing new.
  for (let run = 0; run < AUDITS + 3; run += 1) {
    const cost = await auditCost(scene);
    if (run >= 3) figures.auditUnchanged.push(cost);
  }
  for (let run = 0; run < AUDITS; run += 1) {
    await scene.guest.ok('rm', '-f', '/run/portcullis-attachment/seen');
    figures.auditWhole.push(await auditCost(scene));
  }
  return figures;
}

function attachedRatios({ pullNotAttached, pullAttached, auditUnchanged }: AttachedFigures) {
  return {
    pullAttachedVsNot: Number((median(pullAttached) / median(pullNotAttached)).toFixed(2)),
    // One run a minute.
    auditCorePercent: Number((median(auditUnchanged) / 600).toFixed(3)),
  };
}

function attachedTable(figures: AttachedFigures): string[] {
  const { pullNotAttached, pullAttached, auditUnchanged, auditWhole } = figures;
  const seconds = (values: readonly number[]) => `${median(values).toFixed(1)} s`;
  return [
    `pull of ${MEGABYTES} MB, not attached   ${seconds(pullNotAttached)}`,
    `pull of ${MEGABYTES} MB, attached       ${seconds(pullAttached)}`,
    `audit, nothing changed      ${median(auditUnchanged).toFixed(0)} ms of processor time`,
    `audit, all looked at        ${median(auditWhole).toFixed(0)} ms of processor time`,
  ];
}

async function addImage({ guest, docker, registries }: AttachScene): Promise<void> {
  await using cli = await dockerCli(guest.dockerSocket);
  const folder = join(guest.root, 'tmp/big');
  await succeed(guest.exec(['mkdir', '/tmp/big']));
  for (let part = 0; part < MEGABYTES / 50; part += 1) {
    await writeFile(join(folder, `part${part}`), randomBytes(50e6));
  }
  await succeed(guest.sh(`tar --create --directory /tmp/big . | docker import - ${IMAGE} && rm -rf /tmp/big`));
  await seedRegistry(cli, IMAGE, registries.allowed.address);
  await succeed(docker(['rmi', IMAGE]));
}

async function secondsToPull({ docker, guest }: AttachScene): Promise<number> {
  await docker(['rmi', '--force', `${ALLOWED}/${IMAGE}`]);
  // What was pulled before is not to be written while this is measured.
  await guest.ok('sync');
  const began = performance.now();
  await succeed(docker(['pull', '--quiet', `${ALLOWED}/${IMAGE}`]));
  return (performance.now() - began) / 1000;
}

/** systemd counts the processor time of each run of a unit. */
async function auditCost({ guest }: AttachScene): Promise<number> {
  await guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
  return Number(await guest.ok('systemctl', 'show', '-P', 'CPUUsageNSec', 'portcullis-engine-audit.service')) / 1e6;
}

async function succeed(result: Promise<{ code: number | null; stdout: string; stderr: string }>): Promise<void> {
  const { code, stdout, stderr } = await result;
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
}
