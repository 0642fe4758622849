import { lstat, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { win32 } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { guestFiles } from '../attachment/guest-files.ts';
import {
  checkFolders,
  type FolderSecurity,
  nativeRule,
  openFolderSecurity,
  secureFolder,
} from '../gateway/native/windows-folder.ts';
import { windowsMeans } from '../gateway/native/windows-means.ts';
import { SERVICE_NAME } from '../gateway/native/windows-pipe.ts';
import { openRegistry, queryBy, type Registry } from '../gateway/native/windows-registry.ts';
import { RUNNING, STOPPED, serviceState } from '../gateway/native/windows-service-state.ts';
import { ADMINISTRATORS, serviceSid } from '../gateway/native/windows-sid.ts';
import { evaluate } from '../managed-config/evaluate.ts';
import { windowsSources } from '../managed-config/locations.ts';
import { readPolicyKeys } from '../managed-config/policy-keys.ts';
import { readTrustedFile } from '../managed-config/trusted-file.ts';
import { loadedLibraries, programDataFolder, systemFolderFrom } from '../managed-config/windows-folders.ts';
import { systemGatewayControl } from '../platform/fs/places.ts';
import { runCommand } from '../platform/process/run-command.ts';
import type { Clock } from '../platform/time/clock.ts';
import { statusAt } from './gateway-status.ts';
import {
  Changes,
  joinChanges,
  makeChanges,
  planChanges,
  realPlace,
  takeBack,
  undoChanges,
  type Wanted,
} from './setup-changes.ts';
import { attachIn, organizationsIn, policyValues, type SetupProperties, withProxy } from './setup-wanted.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const VERIFY_MS = 90_000;
const POLL_MS = 250;

/** The machine that is set up. */
interface Machine {
  registry: Registry;
  security: FolderSecurity;
  /** `%ProgramData%\Portcullis`. */
  folder: string;
  programData: string;
}

/**
 * The installer's own step, run by Windows Installer as the system: folders, policies, attachment. All of it is recorded before it is made,
 * so that `rollBack` can undo it, and looked at afterwards.
 *
 * @throws ProblemError for whatever was asked for and cannot be done.
 */
export async function applySetup(properties: SetupProperties): Promise<void> {
  const machine = await thisMachine();
  const attach = attachIn(properties.attach);
  const before = await managedConfigOf();
  const policyKeys = await keysFor(properties, before, machine);
  const wanted = policyValues(properties, policyKeys);
  try {
    await makeAll(wanted, attach, machine);
    checkManaged(properties, await managedConfigOf());
  } catch (error) {
    await rollBackSetup();
    throw error;
  }
}

async function makeAll(wanted: Wanted[], attach: boolean, machine: Machine): Promise<void> {
  const { registry, folder, programData } = machine;
  await makeFolders(machine);
  const place = realPlace(registry);
  const config = win32.join(folder, 'gateway.json');
  if ((await place.readFile(config)) === null)
    wanted.push({ kind: 'file', path: config, content: gatewayConfig(folder) });
  if (attach) {
    const path = win32.join(programData, 'DockerDesktop', 'admin-settings.json');
    await mkdir(win32.dirname(path), { recursive: true });
    await checkFolders(win32.dirname(path), machine.security);
    const [ours] = guestFiles('docker-desktop', null);
    const present = await trustedFile(path, machine);
    wanted.push({ kind: 'file', path, content: withProxy(path, present, ours?.content ?? '') });
  }
  const changes = await planChanges(wanted, place);
  await makeChanges([{ kind: 'file', path: undoFile(folder), before: null, after: encoded(changes) }], place);
  await makeChanges(changes, place);
}

/** What `applySetup` has made is as it was. Nothing where it has made nothing. */
export async function rollBackSetup(): Promise<void> {
  const machine = await thisMachine();
  if (!(await isThere(machine))) return;
  const place = realPlace(machine.registry);
  await undoChanges(await changesIn(undoFile(machine.folder), machine), place);
  await place.writeFile(undoFile(machine.folder), null);
  // What stays of an installation that was there before.
  if ((await place.readFile(recordFile(machine.folder))) === null) await removeFolders(machine.folder);
}

/** The installation is complete: from now on it is undone by removing the product. */
export async function commitSetup(): Promise<void> {
  const machine = await thisMachine();
  const { registry, folder } = machine;
  if (!(await isThere(machine))) return;
  const place = realPlace(registry);
  const undo = await changesIn(undoFile(folder), machine);
  const record = joinChanges(await changesIn(recordFile(folder), machine), undo);
  await makeChanges([{ kind: 'file', path: recordFile(folder), before: null, after: encoded(record) }], place);
  await place.writeFile(undoFile(folder), null);
}

/** The service runs, the gateway in it answers, and decides by the configuration that this machine has. @throws ProblemError `setup-not-running`. */
export async function verifySetup(clock: Pick<Clock, 'monotonic'>): Promise<void> {
  const { folder } = await thisMachine();
  try {
    await verify(folder, clock);
  } catch (error) {
    // Windows Installer asks for it once more, with the service gone; not every one does.
    await rollBackSetup().catch(() => undefined);
    throw error;
  }
}

async function verify(folder: string, clock: Pick<Clock, 'monotonic'>): Promise<void> {
  const began = clock.monotonic();
  let seen = 'it has not started';
  for (;;) {
    const state = await serviceState(SERVICE_NAME);
    if (state?.state === RUNNING) {
      const config = win32.join(folder, 'gateway.json');
      const status = await statusAt({ control: await controlIn(config), config, keptBy: 'windows' }).catch(
        (error: unknown) => {
          seen = error instanceof Error ? error.message : String(error);
          return null;
        },
      );
      if (status !== null) return sameConfig(status.managed, await managedConfigOf());
    } else {
      seen = state === null ? 'there is no such service' : `state ${state.state}, exit code ${state.exitCode}`;
      // It has tried, and says what came of it.
      if (state === null || (state.state === STOPPED && state.exitCode !== 0)) throw notRunning(seen);
    }
    if (clock.monotonic() - began > VERIFY_MS) throw notRunning(seen);
    await delay(POLL_MS);
  }
}

/** The product is removed: what it wrote, and the gateway's state. What others have put beside it stays. */
export async function removeSetup(): Promise<void> {
  const machine = await thisMachine();
  const { registry, folder } = machine;
  if (!(await isThere(machine))) return;
  const place = realPlace(registry);
  await takeBack(await changesIn(recordFile(folder), machine), place);
  await place.writeFile(recordFile(folder), null);
  await place.writeFile(undoFile(folder), null);
  await removeFolders(folder);
}

async function thisMachine(): Promise<Machine> {
  const [registry, security] = await Promise.all([openRegistry(), openFolderSecurity()]);
  if (registry === null || security === null) throw new ProblemError(problem('setup-elsewhere'));
  const system = systemFolderFrom(loadedLibraries());
  if (!system.ok)
    throw new ProblemError(problem('windows-folder-unknown', { folder: 'System32' }, { cause: system.cause }));
  const programData = await programDataFolder(queryBy(registry), system.path);
  if (!programData.ok) {
    throw new ProblemError(problem('windows-folder-unknown', { folder: 'ProgramData' }, { cause: programData.cause }));
  }
  return { registry, security, programData: programData.path, folder: win32.join(programData.path, 'Portcullis') };
}

async function managedConfigOf(): Promise<ManagedConfig> {
  const sources = await windowsSources(runCommand, loadedLibraries(), await windowsMeans());
  const readings = await Promise.all(sources.map(async (source) => ({ source, reading: await source.read() })));
  const of = (provides: string) =>
    readings.filter(({ source }) => source.provides === provides).map(({ reading }) => reading);
  return evaluate(of('organizations'), of('settings'), false);
}

/** The keys of the organizations that were named, or else of those that this machine has already. */
async function keysFor(
  { policyKeysFile, allowedOrg }: SetupProperties,
  before: ManagedConfig,
  machine: Machine,
): Promise<PolicyKeys | null> {
  if (policyKeysFile === '') return null;
  const named = organizationsIn(allowedOrg);
  if ((await trustedFile(policyKeysFile, machine)) === null) {
    throw new ProblemError(problem('keys-file-unusable', { file: policyKeysFile }, { cause: 'ENOENT' }));
  }
  return readPolicyKeys(policyKeysFile, named.length > 0 ? named : before.allowedOrgs);
}

/** Windows Installer opens it as the system: a user must not choose what it reads. null where there is none. */
async function trustedFile(path: string, { security }: Machine): Promise<Buffer | null> {
  const outcome = await readTrustedFile(path, nativeRule(security), MAX_FILE_BYTES);
  switch (outcome.kind) {
    case 'trusted':
      return outcome.bytes;
    case 'absent':
      return null;
    case 'untrusted':
      throw new ProblemError(outcome.problems[0] ?? problem('file-unreadable', { file: path }));
    default:
      throw new ProblemError(outcome.problem);
  }
}

async function makeFolders({ folder, security }: Machine): Promise<void> {
  await secureFolder(folder, ADMINISTRATORS, { change: [], readable: true }, security, 'may-restrict');
  const access = { change: [serviceSid(SERVICE_NAME)], readable: false };
  await secureFolder(stateFolder(folder), ADMINISTRATORS, access, security, 'may-restrict');
}

/** Policies that were asked for are those that the gateway will read. */
function checkManaged({ allowedOrg }: SetupProperties, managed: ManagedConfig): void {
  const [fault] = managed.problems;
  if (managed.verdict === 'malformed' || managed.verdict === 'unreadable') {
    throw new ProblemError(fault ?? problem('setup-not-written', { what: managed.source ?? '' }));
  }
  const named = organizationsIn(allowedOrg);
  if (named.length > 0 && JSON.stringify(managed.allowedOrgs) !== JSON.stringify(named)) {
    const cause = `${managed.source} names ${managed.allowedOrgs.join(', ')}`;
    throw new ProblemError(problem('setup-not-written', { what: 'allowedOrgs' }, { cause }));
  }
}

function sameConfig(seen: ManagedConfig, here: ManagedConfig): void {
  const essence = ({ verdict, allowedOrgs, settings }: ManagedConfig) =>
    JSON.stringify([verdict, allowedOrgs, settings]);
  if (essence(seen) !== essence(here)) throw notRunning('it has read another configuration');
}

function notRunning(cause: string): ProblemError {
  return new ProblemError(problem('setup-not-running', {}, { cause }));
}

async function controlIn(config: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const parsed = GatewayConfig.safeParse(parseJson(await readFile(config, 'utf8')));
  return parsed.success ? parsed.data.control : systemGatewayControl('win32');
}

/** On loopback, with the ports that everything else of Portcullis expects on a host. */
function gatewayConfig(folder: string): Buffer {
  const ours = guestFiles('docker-desktop', null).find(({ name }) => name === 'gateway.json');
  const config = {
    ...GatewayConfig.parse(JSON.parse(ours?.content ?? '')),
    stateDir: stateFolder(folder),
    control: systemGatewayControl('win32'),
  };
  return Buffer.from(`${JSON.stringify(config, null, 2)}\n`);
}

function stateFolder(folder: string): string {
  return win32.join(folder, 'gateway');
}
function undoFile(folder: string): string {
  return win32.join(folder, 'setup-undo.json');
}
function recordFile(folder: string): string {
  return win32.join(folder, 'setup.json');
}

function encoded(changes: Changes): string {
  return Buffer.from(JSON.stringify(changes)).toString('base64');
}

/** Only what we have written ourselves: whoever could write it would have the system write anything. @throws as `trustedFile`. */
async function changesIn(path: string, machine: Machine): Promise<Changes> {
  const bytes = await trustedFile(path, machine);
  return bytes === null ? [] : Changes.parse(JSON.parse(bytes.toString('utf8')));
}

/** Whether there is our folder. @throws ProblemError where somebody else could have put it, or a link, in its place. */
async function isThere({ folder, security }: Machine): Promise<boolean> {
  const stats = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stats !== null) await checkFolders(folder, security);
  return stats !== null;
}

/** The gateway's state goes; the folder above stays where somebody has put something into it. */
async function removeFolders(folder: string): Promise<void> {
  await rm(stateFolder(folder), { recursive: true, force: true });
  const left = await readdir(folder).catch(() => ['']);
  if (left.length === 0) await rmdir(folder);
}
