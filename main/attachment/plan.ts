import { dirname } from 'node:path/posix';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import { ATTACHMENT_FILE, type EngineId } from '../../shared/schemas/attachment.ts';
import { formatSocketAddress } from '../platform/net/socket-address.ts';
import { textOf } from '../platform/process/run-command.ts';
import { attachmentFiles, type DesiredFile, engineEnvironment, unitsOf } from './files.ts';
import { askDocker, findEngines, type InstalledEngine } from './find-engines.ts';
import { type GatewayPlan, planGateway, type RemoteGateway } from './gateway-place.ts';
import type { Machine } from './machine.ts';
import { DROP_IN, GATEWAY_UNIT } from './names.ts';
import { olderFiles } from './older-guide.ts';
import { processEnvironment } from './process-environment.ts';
import { type AttachmentRecord, readRecord, recordText, type Wall } from './record.ts';
import { findRootless, isLed } from './rootless.ts';
import { guardRules } from './rules.ts';
import { unitFacts } from './units.ts';

export interface AttachOptions {
  /** Null: all that are found and can be attached. */
  readonly engines: readonly EngineId[] | null;
  /** Attached already, and to stay so whether they are installed at the moment or not. */
  readonly kept?: readonly EngineId[];
  readonly gateway: RemoteGateway | null;
  /** What the engine may reach besides the gateway, `10.0.0.9:12201`. */
  readonly allow: readonly string[];
  readonly machineDns: boolean;
  /** Our own command line, which the audit calls. */
  readonly program: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface FileChange {
  readonly path: string;
  /** Null where the file does not exist. */
  readonly before: string | null;
  /** Null where it is removed. */
  readonly after: string | null;
  readonly mode: number;
}

/** An engine that runs with another environment than it is to have: behind the wall it cannot pull until it is started anew. */
export interface NeededRestart {
  readonly engine: EngineId;
  readonly name: string;
  readonly unit: string;
  /** Whose unit it is, where it is no unit of the machine: the user's number. */
  readonly uid: number | null;
  /** Those that end with it. */
  readonly containers: readonly string[];
}

/** What `attach` would do, with nothing done yet. */
export interface AttachPlan {
  readonly record: AttachmentRecord;
  readonly before: AttachmentRecord | null;
  readonly files: readonly DesiredFile[];
  readonly changes: readonly FileChange[];
  readonly restarts: readonly NeededRestart[];
  /** Where one of these stands, nothing is attached. */
  readonly refusals: readonly Problem[];
  /** What somebody should know before. */
  readonly notices: readonly Problem[];
}

/** Engines that the guard can point at the gateway; Docker Desktop runs its engine in a machine of its own. */
const ATTACHABLE: readonly EngineId[] = ['docker', 'containerd', 'podman', 'buildkit', 'docker-rootless'];

/**
 * What `attach` would do to leave an attachment as it is, but by the rules of this version: the same engines, gateway and exceptions.
 *
 * @throws ProblemError as `planAttachment`
 */
export function planAgain(
  machine: Machine,
  { engines, gateway, local, allow, machineDns }: AttachmentRecord,
  { program, now }: Pick<AttachOptions, 'program' | 'now'>,
): Promise<AttachPlan> {
  const { engine, workload, proxy } = gateway;
  const remote: RemoteGateway = {
    engine: engine.map(formatSocketAddress),
    workload: workload.map(formatSocketAddress),
    proxy: formatSocketAddress(proxy),
  };
  // None by name, because one that is not installed at the moment would be refused.
  const options = { engines: [], kept: engines, gateway: local ? null : remote, allow, machineDns, program, now };
  return planAttachment(machine, options);
}

/** Is there anything to do? The time in the record does not count. */
export function changesAnything({ before, record, changes }: AttachPlan): boolean {
  const untimed = (one: AttachmentRecord): string => recordText({ ...one, at: 0 });
  return changes.length > 0 || before === null || untimed(before) !== untimed(record);
}

/** @throws ProblemError of `planGateway` and `readRecord`. */
export async function planAttachment(machine: Machine, options: AttachOptions): Promise<AttachPlan> {
  const before = await readRecord(machine);
  const installed = await findEngines(machine);
  const wanted = options.engines ?? ATTACHABLE;
  const kept = options.kept ?? [];
  const chosen = installed.filter(({ id }) => ATTACHABLE.includes(id) && (wanted.includes(id) || kept.includes(id)));
  const place = await planGateway(machine, options.gateway);
  const { wall, refusals } = await chooseWall(machine, place, options);
  const record: AttachmentRecord = {
    ...{ version: 1, at: options.now, state: 'attached' },
    ...{ gateway: place.gateway, local: place.local, addresses: place.addresses },
    ...{
      engines: [...new Set([...kept, ...chosen.map(({ id }) => id)])],
      wall,
      machineDns: options.machineDns,
      allow: [...options.allow],
    },
    ...{ program: [...options.program], files: [], folders: [] },
  };
  const files = [...(place.config === null ? [] : [place.config]), ...attachmentFiles(record)];
  const wantedPaths = new Set(files.map(({ path }) => path));
  const gone = [...(before?.files ?? []), ...(await olderFiles(machine, place.gateway))].filter(
    // What the gateway reads stays until `detach`, whether this attachment made it or an earlier one.
    (path) => !wantedPaths.has(path) && !path.endsWith('/gateway.json'),
  );
  const configuration = (before?.files ?? []).filter((path) => path.endsWith('/gateway.json'));
  record.files = [...new Set([...wantedPaths, ...configuration])].sort();
  record.folders = [...new Set([...(before?.folders ?? []), ...(await missingFolders(machine, record.files))])].sort();

  const missing = (options.engines ?? []).filter((id) => !chosen.some((engine) => engine.id === id));
  return {
    ...{ record, before, files },
    changes: await changesOf(machine, files, gone),
    restarts: await restartsOf(machine, chosen, record, before),
    refusals: [
      ...refusals,
      ...missing.map((engine) => problem('attachment-engine-unknown', { engine, engines: [...ATTACHABLE] })),
      ...(record.engines.length === 0 && missing.length === 0 ? [problem('attachment-no-engine')] : []),
      ...(await refusedBy(machine, chosen, place, gone)),
      // What it asks its resolvers would come back to it.
      ...(options.machineDns && place.runsAsRoot ? [problem('attachment-gateway-as-root')] : []),
      // What an attachment cuts that is there already is cut already.
      ...chosen.filter(({ id }) => !kept.includes(id)).flatMap((engine) => cutBy(engine, options.allow)),
    ],
    notices: await noticesOf(machine, chosen, place),
  };
}

/** The wall is chosen by trying: whether a kernel knows control groups in nftables cannot be read off its version. */
async function chooseWall(
  { run }: Machine,
  { gateway, local }: GatewayPlan,
  { machineDns, allow }: AttachOptions,
): Promise<{ wall: Wall; refusals: Problem[] }> {
  const check = async (byControlGroup: boolean) => {
    const input = guardRules({ gateway, local, byControlGroup, machineDns, allow });
    const result = await run(['nft', '--check', '--file', '-'], { input, timeout: 20_000 });
    if (result.kind === 'failed' && result.errno !== null) return { ok: false, absent: true, cause: result.cause };
    const { code, stderr } = textOf(result);
    return { ok: code === 0, absent: false, cause: stderr.trim().split('\n').slice(0, 2).join(' ') };
  };
  const whole = await check(true);
  if (whole.ok) return { wall: 'nftables', refusals: [] };
  if (whole.absent) return { wall: 'nftables', refusals: [problem('attachment-nft-missing')] };
  const without = await check(false);
  if (without.ok) return { wall: 'systemd', refusals: [] };
  return { wall: 'nftables', refusals: [problem('attachment-nft-failed', {}, { cause: whole.cause })] };
}

async function missingFolders(machine: Machine, files: readonly string[]): Promise<string[]> {
  const folders = new Set<string>();
  for (const file of [...files, ATTACHMENT_FILE]) {
    for (let folder = dirname(file); folder !== '/' && !folders.has(folder); folder = dirname(folder)) {
      if (await machine.exists(folder)) break;
      folders.add(folder);
    }
  }
  return [...folders];
}

async function changesOf(
  machine: Machine,
  files: readonly DesiredFile[],
  gone: readonly string[],
): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  for (const { path, content, mode } of files) {
    const before = await machine.read(path);
    if (before !== content || (await machine.mode(path)) !== mode) changes.push({ path, before, after: content, mode });
  }
  for (const path of gone) {
    const before = await machine.read(path);
    if (before !== null) changes.push({ path, before, after: null, mode: 0o644 });
  }
  return changes;
}

/** Which of the chosen engines run with another environment, so that they have to be started anew before they can pull. */
async function restartsOf(
  machine: Machine,
  engines: readonly InstalledEngine[],
  record: AttachmentRecord,
  before: AttachmentRecord | null,
): Promise<NeededRestart[]> {
  const needed: NeededRestart[] = [];
  // Another kind of wall comes with the start of the engine, whatever its environment is.
  const hasOtherWall = before !== null && before.wall !== record.wall;
  for (const unit of unitsOf(record.engines)) {
    const engine = engines.find((candidate) => candidate.unit?.id === unit);
    if (engine?.unit == null || engine.unit.mainPid === 0) continue;
    const environment = await processEnvironment(machine, engine.unit.mainPid);
    const wanted = Object.entries(engineEnvironment(record));
    const isAsWanted = environment !== null && wanted.every(([name, value]) => environment[name] === value);
    if (isAsWanted && !hasOtherWall) continue;
    // containerd's containers go on without it; Docker's only with live restore.
    const containers = engine.id === 'docker' && !engine.docker?.liveRestore ? (engine.docker?.containers ?? []) : [];
    needed.push({ engine: engine.id, name: engine.name, unit, uid: null, containers });
  }
  const rootless = engines.find(({ id }) => id === 'docker-rootless');
  if (rootless === undefined) return needed;
  for (const running of await findRootless(machine)) {
    if (running.unit === null || isLed(running, record)) continue;
    const docker = await askDocker(`/run/user/${running.uid}/docker.sock`);
    const containers = docker?.info.liveRestore ? [] : (docker?.info.containers ?? []);
    const name = `${rootless.name} of user ${running.uid}`;
    needed.push({ engine: rootless.id, name, unit: running.unit, uid: running.uid, containers });
  }
  return needed;
}

async function refusedBy(
  machine: Machine,
  engines: readonly InstalledEngine[],
  { local, config, gateway }: GatewayPlan,
  gone: readonly string[],
): Promise<Problem[]> {
  const refusals: Problem[] = [];
  if (!(await machine.exists('/run/systemd/system'))) refusals.push(problem('attachment-needs-systemd'));
  if (local) {
    const [unit] = await unitFacts(machine.run, [GATEWAY_UNIT]);
    if (!unit?.loaded) refusals.push(problem('attachment-gateway-not-installed'));
    const users = (await machine.read('/etc/passwd')) ?? '';
    if (config !== null && !/^portcullis:/m.test(users)) refusals.push(problem('attachment-user-missing'));
  }
  for (const engine of engines) {
    const override = await overridingFile(machine, engine, gone, gateway.proxy.host);
    if (override !== null) refusals.push(problem('attachment-proxy-overridden', { ...override, engine: engine.name }));
  }
  return refusals;
}

/** What would win over our drop-in: one that is read after it, or Docker's own configuration (from Engine 23 on). */
async function overridingFile(
  machine: Machine,
  { id, unit }: InstalledEngine,
  gone: readonly string[],
  ours: string,
): Promise<{ file: string; line: number } | null> {
  for (const file of unit?.dropIns ?? []) {
    const name = file.split('/').at(-1) ?? '';
    if (name <= DROP_IN || gone.includes(file)) continue;
    const lines = ((await machine.read(file)) ?? '').split('\n');
    const line = lines.findIndex((text) => /^\s*Environment\b.*\bHTTPS?_PROXY=/i.test(text) && !text.includes(ours));
    if (line >= 0) return { file, line: line + 1 };
  }
  if (id !== 'docker') return null;
  const file = '/etc/docker/daemon.json';
  const lines = ((await machine.read(file)) ?? '').split('\n');
  const line = lines.findIndex((text) => /"https?-proxy"\s*:/.test(text) && !text.includes(ours));
  return line < 0 ? null : { file, line: line + 1 };
}

/** Log servers of these drivers are asked by the engine itself: https://docs.docker.com/engine/logging/configure/ */
const REMOTE_LOG_DRIVERS = ['gelf', 'splunk', 'awslogs', 'gcplogs', 'fluentd', 'syslog', 'etwlogs'];

/** What works today through the engine's own connections, and would not behind the wall. */
function cutBy({ docker }: InstalledEngine, allow: readonly string[]): Problem[] {
  if (docker === null || allow.length > 0) return [];
  const cuts: Problem[] = [];
  if (REMOTE_LOG_DRIVERS.includes(docker.logDriver)) {
    cuts.push(problem('attachment-cuts-log-driver', { driver: docker.logDriver }));
  }
  if (docker.swarm) cuts.push(problem('attachment-cuts-swarm'));
  if (docker.networkVolumes.length > 0) {
    cuts.push(problem('attachment-cuts-volumes', { volumes: docker.networkVolumes.slice(0, 10) }));
  }
  return cuts;
}

async function noticesOf(
  machine: Machine,
  engines: readonly InstalledEngine[],
  { gateway, local }: GatewayPlan,
): Promise<Problem[]> {
  const notices: Problem[] = [];
  const mirrors = engines.flatMap(({ docker }) => docker?.mirrors ?? []);
  if (mirrors.length > 0) notices.push(problem('attachment-mirrors', { mirrors: mirrors.slice(0, 10) }));
  if (engines.some(({ id }) => id === 'podman' || id === 'docker-rootless')) {
    const names = engines.filter(({ id }) => id === 'podman' || id === 'docker-rootless').map(({ name }) => name);
    notices.push(problem('attachment-guard-rail', { engines: names }));
  }
  const [workload] = gateway.workload;
  if (local && workload !== undefined && (await ufwDeniesIncoming(machine))) {
    notices.push(problem('attachment-ufw', { address: workload.host, port: workload.port }));
  }
  if (gateway.workload.length === 0) notices.push(problem('attachment-no-workload-view'));
  const resolvers = (await machine.read('/etc/resolv.conf').catch(() => null)) ?? '';
  if (!local && /^\s*nameserver\s+(127\.|::1)/m.test(resolvers)) notices.push(problem('attachment-stub-resolver'));
  return notices;
}

async function ufwDeniesIncoming(machine: Machine): Promise<boolean> {
  const enabled = /^ENABLED=yes/m.test((await machine.read('/etc/ufw/ufw.conf').catch(() => null)) ?? '');
  if (!enabled) return false;
  const { stdout } = textOf(await machine.run(['ufw', 'status', 'verbose'], { timeout: 20_000 }));
  return /^Default: (deny|reject) \(incoming\)/m.test(stdout);
}

/** The names that `--engine` takes. */
export function attachableNames(): readonly EngineId[] {
  return ATTACHABLE;
}
