import { Agent, Dispatcher, Pool, ProxyAgent, setGlobalDispatcher } from 'undici';
import type { ProxyFor } from './no-proxy.ts';
import { proxyAddress } from './proxy-tunnel.ts';

/**
 * Node's `fetch` goes through these proxies from now on. Node could do it by itself (`setGlobalProxyFromEnv`), but does not know
 * address blocks, and takes a name in `NO_PROXY` for that name only.
 */
export function setFetchProxies(proxyFor: ProxyFor): void {
  const direct = new Agent();
  const agents = new Map<string, ProxyAgent>();
  const through = (proxy: URL): ProxyAgent => {
    const { href } = proxy;
    const { authorization } = proxyAddress(proxy);
    // Without TLS no tunnel: proxies often allow those to port 443 only.
    const agent =
      agents.get(href) ??
      new ProxyAgent({
        uri: href,
        // It would leave out a user without a password.
        ...(authorization === null ? {} : { token: authorization }),
        proxyTunnel: false,
        clientFactory: (origin, options) => new ConnectionsToProxy(origin, options),
      });
    agents.set(href, agent);
    return agent;
  };
  setGlobalDispatcher(
    new (class extends Dispatcher {
      override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
        const proxy = proxyFor(new URL(String(options.origin)));
        return (proxy === null ? direct : through(proxy)).dispatch(options, handler);
      }
    })(),
  );
}

/** What undici takes for worth another try at once, without end: a connection that was closed. A proxy that hangs up is not. */
const RETRIED = 'UND_ERR_SOCKET';

/** The connections to a proxy. */
class ConnectionsToProxy extends Pool {
  // Only this form is used by ProxyAgent.
  override async connect(options: Dispatcher.ConnectOptions): Promise<never> {
    try {
      const opened = await super.connect(options);
      if (opened.statusCode === 200) return opened as never;
      opened.socket.on('error', () => undefined).destroy();
      // undici would leave the status out of what it can be told apart by.
      throw new Error(`the proxy answered ${opened.statusCode}`);
    } catch (error) {
      const isClosed = error instanceof Error && 'code' in error && error.code === RETRIED;
      throw isClosed ? Object.assign(new Error(error.message, { cause: error.cause }), { code: 'ECONNRESET' }) : error;
    }
  }
}
