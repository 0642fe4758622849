import type { FoundEngine } from '../../../shared/schemas/attachment.ts';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';

/** What `unix:///run/docker.sock` and `unix:///var/run/docker.sock` are both: on Linux the one folder is a link to the other. */
export function sameSocket(a: string, b: string): boolean {
  const plain = (socket: string): string => socket.replace(/^unix:\/\/\/var\/run\//, 'unix:///run/');
  return plain(a) === plain(b);
}

/**
 * The engine that the agent asks where nobody has told it which: of those that are attached and have an API, one that runs and is held
 * firmly. null where there is none.
 */
export function attachedEngine(attachment: AttachmentStatus | null): (FoundEngine & { socket: string }) | null {
  if (attachment?.kind !== 'audited') return null;
  const candidates = attachment.engines.flatMap((engine) =>
    engine.hold !== 'nothing' && engine.socket?.startsWith('unix:///') ? [{ ...engine, socket: engine.socket }] : [],
  );
  const rank = ({ running, hold }: FoundEngine): number => (running ? 0 : 2) + (hold === 'wall' ? 0 : 1);
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** Does root's audit say that nothing of the engine at this socket reaches the network but by the gateway? */
export function isBehindWall(attachment: AttachmentStatus | null, socket: string): boolean {
  if (attachment?.kind !== 'audited') return false;
  const engine = attachment.engines.find((found) => found.socket !== null && sameSocket(found.socket, socket));
  if (engine?.hold !== 'wall') return false;
  return !attachment.findings.some(
    ({ severity, engine: of }) => severity === 'open' && (of === null || of === engine.id),
  );
}

/** Go's errors for packets that a firewall rejects: EHOSTUNREACH, EPERM, EACCES. */
const CUT =
  /\b(?:dial|read|write) (?:tcp|udp)[46]? (?:\S+->)?(\[[^\]]+\]|[^\s:[\]]+):\d+: (?:connect|read|write|sendto|sendmsg): (?:no route to host|operation not permitted|permission denied)\b/g;

/**
 * Was what the engine tried cut off on its way to somewhere else than the gateway? Taken for the network wall's doing only where that is
 * known to hold the engine: a network has errors like these of its own.
 *
 * @param gateway its own addresses: not reaching those is no other way that was tried
 */
export function wasCutOff(message: string, gateway: readonly string[]): boolean {
  const targets = [...message.matchAll(CUT)].map(([, host = '']) => host.replace(/^\[|\]$/g, ''));
  return targets.length > 0 && targets.every((host) => !gateway.includes(host));
}
