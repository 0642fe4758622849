import { isIP } from 'node:net';
import { leadsBack as hostLeadsBack } from '../../platform/net/forbidden-target.ts';
import { formatSocketAddress, type SocketAddress } from '../../platform/net/socket-address.ts';
import type { NamedHello } from './client-hello.ts';
import { hasPassed } from './forwarded-headers.ts';
import { NO_HOST, type OpenConnection } from './open-connections.ts';
import type { ProxyContext, ProxyCore } from './proxy-core.ts';
import { denied, leadsBack, looped, probeDenied, type Refusal } from './refusal.ts';

/** Whether a request's target may be contacted: null, or what is answered instead. Denials are counted and reported. */
export function authorize(core: ProxyCore, target: SocketAddress, via: string | undefined): Refusal | null {
  const { context, counters, pseudonym } = core;
  const { host, port } = target;
  if (context.noticeProbe(host)) return probeDenied(host);
  if (hasPassed(via, pseudonym)) return looped(host);
  const decision = context.decide(host, port);
  if (!decision.allowed || decision.reason === 'audit-only') context.onDenied(host, port, decision);
  if (!decision.allowed) {
    counters.denied += 1;
    const shown = decision.reason === 'not-in-policy' ? named(context, target) : host;
    return denied(context.denialSentence(shown, decision));
  }
  if (hostLeadsBack(host, port, context.ownListeners())) {
    counters.denied += 1;
    return leadsBack(host);
  }
  if (decision.reason !== 'audit-only') context.onAllowed(host, port);
  return null;
}

/**
 * Whether a tunnel may go on after the client's first words: one that was allowed for one host must not carry a conversation with
 * another (domain fronting). Where nothing is restricted it may, and where everything is only recorded this is recorded too.
 */
export function authorizeHello(
  { context, counters }: ProxyCore,
  hello: NamedHello,
  connection: OpenConnection,
): boolean {
  const { host, port } = connection;
  const name = hello.kind === 'hello' ? (hello.serverName?.toLowerCase().replace(/\.$/, '') ?? null) : null;
  // An IP literal is never sent as server name (RFC 6066 section 3).
  if (hello.kind === 'hello' && (isIP(host) !== 0 ? name === null : name === host)) return true;
  const decision = context.decide(NO_HOST, port);
  if (name !== null && (!decision.allowed || decision.reason === 'audit-only')) context.onDenied(name, port, decision);
  if (!decision.allowed) counters.denied += 1;
  connection.isFronted = true;
  return decision.allowed;
}

/** The usual ports go without saying, where nothing else of the host is allowed. */
function named(context: ProxyContext, { host, port }: SocketAddress): string {
  const isUsual = port === 443 || (port === 80 && !context.decide(host, 443).allowed);
  return isUsual ? host : formatSocketAddress({ host, port });
}
