import type { AuditFinding, EngineId, Hold } from '../../../shared/schemas/attachment.ts';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import type { ShownEngine } from '../../../shared/schemas/snapshot.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { isBypassed, type Proofs } from '../enforcement/proof.ts';

const ATTACH = 'sudo portcullis engine attach';

export interface ShownEnginesFacts {
  platform: NodeJS.Platform;
  /** As in the gateway's status; undefined while it is away. */
  attachment: AttachmentStatus | null | undefined;
  engine: EngineState;
  proofs: Proofs;
}

/**
 * The engines of this machine, and what holds each. Root's audit knows them all. Where root has attached none, only the one that the agent
 * asks is known: a probe that came by the gateway shows that its settings lead there, and that is all that holds it.
 */
export function shownEngines({ platform, attachment, engine, proofs }: ShownEnginesFacts): ShownEngine[] {
  if (attachment?.kind === 'audited') {
    return attachment.engines.map(({ id, ...shown }) => ({
      ...shown,
      wayPast: hasWayPast(id, shown.hold, attachment.findings),
    }));
  }
  const { last, lastProven } = proofs;
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
