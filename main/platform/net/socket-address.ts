import { isIP } from 'node:net';
import { withPort } from '../../../shared/hosts/host-name.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

export interface SocketAddress {
  /** An IP literal without brackets. */
  host: string;
  port: number;
}

/** `1.2.3.4:53` or `[2001:db8::1]:53`. @throws ProblemError `bad-address` */
export function parseSocketAddress(text: string): SocketAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(host) !== (match?.[1] === undefined ? 4 : 6) || !(port <= 65535)) {
    throw new ProblemError(problem('bad-address', { address: text.slice(0, 100) }));
  }
  return { host, port };
}

export function formatSocketAddress({ host, port }: SocketAddress): string {
  return withPort(host, port);
}
