import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { EngineId } from '../../shared/schemas/attachment.ts';
import { attach } from '../attachment/attach.ts';
import { undoAttachment, unknownAttachment } from '../attachment/detach.ts';
import { createMachine } from '../attachment/machine.ts';
import { type AttachPlan, attachableNames, changesAnything, planAgain, planAttachment } from '../attachment/plan.ts';
import { readRecord } from '../attachment/record.ts';
import { auditNow, recordAudit } from '../attachment/run-audit.ts';
import { rootOnly } from '../managed-config/owner-and-mode.ts';
import { realFileSystem } from '../managed-config/trusted-file.ts';
import { formatSocketAddress, parseSocketAddress } from '../platform/net/socket-address.ts';
import { getFromSocket } from '../platform/net/unix-http.ts';
import { isSingleProgram } from '../platform/process/single-program.ts';
import { printAudit, printEngines, printOutcome, printPlan } from './engine-print.ts';
import { handOverEnrolmentCode } from './gateway-enrol.ts';
import { printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

/** What `plan` and `attach` are to point at what, as it was typed. */
export interface TargetOptions {
  engine?: string[];
  gateway?: string[];
  containerDns?: string[];
  proxy?: string;
  allow?: string[];
  machineDns?: true;
}

const machine = createMachine();

export async function list(json: boolean): Promise<void> {
  const { audit: found } = await auditNow(machine, Date.now());
  if (json) printJson(found.engines);
  else printEngines(found.engines);
}

export async function plan(target: TargetOptions, json: boolean): Promise<void> {
  const planned = await planFor(target);
  if (json) printJson(planned);
  else printPlan(planned);
  if (planned.refusals.length > 0) throw new Exit(exitCodes.problem);
}

export async function attachEngines(
  target: TargetOptions,
  { json, restart, again }: { json: boolean; restart: boolean; again: boolean },
): Promise<void> {
  const planned = again ? await planForAgain() : await planFor(target);
  if (planned === null) {
    if (!json) printLine('Nothing has changed.');
    return;
  }
  const [refusal] = planned.refusals;
  if (refusal !== undefined) {
    if (json) printJson(planned);
    else printPlan(planned);
    throw new ProblemError(refusal);
  }
  const say = json ? () => undefined : (line: string) => printLine(`  ${line}`);
  await attach(machine, planned, { restart, say });
  if (json) printJson(planned);
  else printOutcome(planned, restart);
}

export async function audit(json: boolean): Promise<void> {
  requireRoot();
  const { attached, audit: found } = await auditNow(machine, Date.now());
  if (json) printJson({ attached, ...found });
  else printAudit(attached, found);
  if (!attached || found.findings.length > 0) throw new Exit(exitCodes.notInForce);
}

/** What the audit's service calls. */
export async function record(): Promise<void> {
  requireRoot();
  await recordAudit(machine, Date.now(), { randomBytes, ask: getFromSocket, now: Date.now });
  await handOverEnrolmentCode();
}

export async function detach(restart: boolean): Promise<void> {
  requireRoot();
  const attached = await readRecord(machine).catch((error: unknown) => {
    if (error instanceof ProblemError && error.problem.code === 'attachment-record-unreadable')
      return unknownAttachment();
    throw error;
  });
  if (attached === null) {
    printLine('Nothing is attached.');
    return;
  }
  await undoAttachment(machine, attached, { restart, say: (line) => printLine(`  ${line}`) });
  printLine('Detached. The engines of this machine reach their registries directly.');
}

async function planFor({
  engine,
  gateway,
  containerDns,
  proxy,
  allow,
  machineDns,
}: TargetOptions): Promise<AttachPlan> {
  requireRoot();
  const remote =
    gateway === undefined ? null : { engine: gateway, workload: containerDns ?? [], proxy: proxy ?? proxyOf(gateway) };
  return planAttachment(machine, {
    engines: engine === undefined ? null : engine.map(engineNamed),
    gateway: remote,
    allow: (allow ?? []).map((text) => formatSocketAddress(parseSocketAddress(text))),
    machineDns: machineDns === true,
    program: await ownProgram(),
    now: Date.now(),
  });
}

/** @returns null where nothing is attached, or all is as this version attaches it. @throws ProblemError of `readRecord` and `planAgain` */
async function planForAgain(): Promise<AttachPlan | null> {
  requireRoot();
  const attached = await readRecord(machine);
  if (attached === null) return null;
  const planned = await planAgain(machine, attached, { program: await ownProgram(), now: Date.now() });
  return changesAnything(planned) ? planned : null;
}

/** @throws ProblemError `attachment-needs-linux`, `attachment-needs-root` */
function requireRoot(): void {
  if (process.platform !== 'linux') throw new ProblemError(problem('attachment-needs-linux'));
  if (process.getuid?.() !== 0) throw new ProblemError(problem('attachment-needs-root'));
}

/** @throws ProblemError `attachment-engine-unknown` */
function engineNamed(name: string): EngineId {
  const parsed = EngineId.safeParse(name);
  if (parsed.success && attachableNames().includes(parsed.data)) return parsed.data;
  throw new ProblemError(problem('attachment-engine-unknown', { engine: name, engines: [...attachableNames()] }));
}

/** Of a gateway elsewhere, where nothing else is said. @throws ProblemError `bad-address` */
function proxyOf([first = '']: readonly string[]): string {
  return formatSocketAddress({ host: parseSocketAddress(first).host, port: 3128 });
}

/**
 * How root's audit is to call us: the installed command, or this checkout.
 *
 * @throws ProblemError `attachment-program-not-trusted` where somebody else than root could put another program in its place
 */
async function ownProgram(): Promise<string[]> {
  if (process.versions.electron !== undefined) return ['/usr/bin/portcullis'];
  const files = isSingleProgram() ? [process.execPath] : [process.execPath, process.argv[1] ?? ''];
  for (const file of files) {
    const path = await realpath(file);
    const [fault] = await rootOnly.problemsOf(path, await realFileSystem.lstat(path), realFileSystem);
    if (fault !== undefined) {
      throw new ProblemError(problem('attachment-program-not-trusted', { path }, { cause: fault.message }));
    }
  }
  return files;
}
