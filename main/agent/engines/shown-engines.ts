import type { AuditFinding, EngineId, Hold } from '../../../shared/schemas/attachment.ts';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import type { ShownEngine } from '../../../shared/schemas/snapshot.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { isBypassed, type Proofs } from '../enforcement/proof.ts';
import { sameSocket } from './attached-engine.ts';

const ATTACH = 'sudo portcullis engine attach';

export interface ShownEnginesFacts {
  platform: NodeJS.Platform;
  /** As in the gateway's status; undefined while it is away. */
  attachment: AttachmentStatus | null | undefined;
  engine: EngineState;
  proofs: Proofs;
}

/**
 * The engines of this machine, and what holds each. Root's audit knows them all; without one, only the engine that the agent asks is known.
 * Where root has not attached that one, a probe that came by the gateway shows that its settings lead there, and that is all that holds it.
 */
export function shownEngines({ platform, attachment, engine, proofs }: ShownEnginesFacts): ShownEngine[] {
  const { last, lastProven } = proofs;
  if (attachment?.kind === 'audited') {
    const isLed = last?.engine.kind === 'running' && lastProven !== null && !isBypassed(last);
    const isAsked = (socket: string | null) =>
      socket !== null && engine.socket !== null && sameSocket(socket, engine.socket);
    return attachment.engines.map(({ id, hold, ...shown }) => ({
      ...shown,
      hold: hold === 'nothing' && isLed && isAsked(shown.socket) ? 'guard-rail' : hold,
      wayPast: hasWayPast(id, hold, attachment.findings),
    }));
  }
  if (attachment !== null || platform !== 'linux' || engine.kind !== 'linux' || last?.engine.kind !== 'running')
    return [];
  const hold = isBypassed(last) ? 'nothing' : lastProven === null ? null : 'guard-rail';
  if (hold === null) return [];
  return [
    {
      ...{ name: engine.name, version: last.engine.version, running: true, hold, wayPast: false },
      ...{ socket: engine.socket, command: ATTACH },
    },
  ];
}

/** What is open on the machine as a whole may be open to any engine. */
function hasWayPast(id: EngineId, hold: Hold, findings: readonly AuditFinding[]): boolean {
  return hold !== 'nothing' && findings.some(({ severity, engine }) => severity === 'open' && (engine ?? id) === id);
}
