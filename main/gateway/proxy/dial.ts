import { connect, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { ProxyContext } from './proxy-core.ts';
import { forbiddenTarget } from './refusal.ts';
import { isReachedThrough } from './upstream-proxy.ts';
import { usableAddresses } from './usable-addresses.ts';

const ATTEMPT_MS = 500;

/** Connects to the host, or to the proxy by which it is reached. */
export function dial(context: ProxyContext, { host, port }: SocketAddress, onread?: OnReadOpts): Socket {
  const proxy = isReachedThrough(context.upstreamProxy, host) ? context.upstreamProxy : null;
  return connect({
    ...(onread === undefined ? {} : { onread }),
    host: proxy?.host ?? host,
    port: proxy?.port ?? port,
    lookup: proxy === null ? lookUpTarget(context, port) : lookUpProxy(context),
    allowHalfOpen: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
  });
}

/** A listener on every address has none to compare; but a connection from a machine to itself has the same address at both ends. */
export function leadsToOwnWildcard(
  context: ProxyContext,
  { localAddress, remoteAddress, remotePort }: Socket,
): boolean {
  return (
    localAddress === remoteAddress &&
    context.ownListeners().some(({ host, port }) => port === remotePort && (host === '0.0.0.0' || host === '::'))
  );
}

/** Resolves as this machine does, by the gateway's own upstreams, and leaves out what a tunnel must not reach. */
function lookUpTarget(context: ProxyContext, port: number): LookupFunction {
  return (host, options, done) => {
    usableAddresses(context, { host, port }).then(
      ({ usable, isUnknown, own }) => {
        const [first] = usable;
        if (isUnknown) done(withoutAddress(host, 'ENOTFOUND'), '');
        else if (first === undefined) done(forbiddenTarget(own), '');
        else if (options.all) done(null, usable);
        else done(null, first.address, first.family);
      },
      (error) => done(error, ''),
    );
  };
}

/** The upstream proxy is where the administrator says, which may be this machine. */
function lookUpProxy(context: ProxyContext): LookupFunction {
  return (host, options, done) => {
    context.lookUp(host).then(
      (found) => {
        const [first] = found;
        if (first === undefined) done(withoutAddress(host, 'EPROXYNAME'), '');
        else if (options.all) done(null, found);
        else done(null, first.address, first.family);
      },
      () => done(withoutAddress(host, 'EPROXYNAME'), ''),
    );
  };
}

function withoutAddress(host: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${host}`), { code });
}
