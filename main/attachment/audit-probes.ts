import { createHash } from 'node:crypto';
import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../shared/probe-names.ts';
import type { AttachmentAudit, AuditProbe, FoundEngine } from '../../shared/schemas/attachment.ts';
import { systemGatewayControl } from '../platform/fs/places.ts';
import type { SocketAnswer } from '../platform/net/unix-http.ts';
import { textOf } from '../platform/process/run-command.ts';
import type { Machine } from './machine.ts';
import type { AttachmentRecord } from './record.ts';

/** What sends a probe: unpredictable bytes, the engine's API, the time. */
export interface ProbeTools {
  randomBytes: (count: number) => Buffer;
  ask: (socket: string, path: string, signal: AbortSignal) => Promise<SocketAnswer>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** How often, about: the guard starts a full audit each hour, and the engine logs each probe. */
const EVERY_MS = 50 * 60_000;
const ANSWER_MS = 15_000;

export type Probed = Pick<AttachmentAudit, 'probes' | 'probedGateway'>;

/**
 * Makes the engines that are behind the wall look up and contact names that nobody else knows, so that the gateway can say by which of its
 * walls root's own probes came. An engine without Docker's API has no such question, and one that a user could have replaced by a program
 * of theirs is not asked.
 *
 * @param before the last audit: what it probed is not probed again at once, unless the gateway has been started since.
 */
export async function probeEngines(
  machine: Machine,
  { engines, wall }: AttachmentRecord,
  found: readonly FoundEngine[],
  before: Probed | null,
  tools: ProbeTools,
): Promise<Probed> {
  const gateway = await runningGateway(machine);
  const since = tools.now() - Math.max(0, ...(before?.probes ?? []).map(({ until }) => until));
  if (before !== null && before.probedGateway === gateway && since >= 0 && since < EVERY_MS) return before;
  const docker = found.find(({ id, hold, running }) => id === 'docker' && hold === 'wall' && running);
  const socket = docker?.socket?.replace(/^unix:\/\//, '');
  if (socket === undefined || !engines.includes('docker')) return { probes: [], probedGateway: gateway };
  const suffixes = wall === 'nftables' ? [PROBE_SUFFIX, DIRECT_PROBE_SUFFIX] : [PROBE_SUFFIX];
  const probes = await Promise.all(suffixes.map((suffix) => send(socket, suffix, tools)));
  return { probes, probedGateway: gateway };
}

/** The engine takes the host for a registry, and answers with the error of whatever denied it. Nothing is pulled. */
async function send(socket: string, suffix: string, { randomBytes, ask, now }: ProbeTools): Promise<AuditProbe> {
  const nonce = randomBytes(16).toString('hex');
  const from = now();
  await ask(socket, `/distribution/n${nonce}.${suffix}/x/json`, AbortSignal.timeout(ANSWER_MS));
  return { hash: createHash('sha256').update(nonce).digest('hex'), from, until: now() };
}

/** Another one after each start; null where none runs. */
async function runningGateway({ run }: Machine): Promise<string | null> {
  const command = ['stat', '-c', '%i %Y', systemGatewayControl('linux')];
  const { code, stdout } = textOf(await run(command, { timeout: 5_000 }));
  return code === 0 ? stdout.trim().slice(0, 100) : null;
}
