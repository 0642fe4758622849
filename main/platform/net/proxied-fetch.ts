import { Agent, Dispatcher, Pool, ProxyAgent, setGlobalDispatcher } from 'undici';

export interface Proxies {
  /** For https. */
  secure: URL | null;
  /** For http. */
  plain: URL | null;
  /** Whether this URL is reached without. */
  isDirect: (url: URL) => boolean;
}

/**
 * Node's `fetch` goes through these proxies from now on. Node could do it by itself (`setGlobalProxyFromEnv`), but does not know
 * address blocks, and takes a name in `NO_PROXY` for that name only.
 */
export function setFetchProxies({ secure, plain, isDirect }: Proxies): void {
  const direct = new Agent();
  const agentOf = (proxy: URL | null): Dispatcher =>
    proxy === null
      ? direct
      : // Without TLS no tunnel: proxies often allow those to port 443 only.
        new ProxyAgent({
          uri: proxy.href,
          proxyTunnel: false,
          clientFactory: (origin, options) => new ConnectionsToProxy(origin, options),
        });
  const [forSecure, forPlain] = [agentOf(secure), agentOf(plain)];
  setGlobalDispatcher(
    new (class extends Dispatcher {
      override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
        const url = new URL(String(options.origin));
        const through = isDirect(url) ? direct : url.protocol === 'https:' ? forSecure : forPlain;
        return through.dispatch(options, handler);
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
      return (await super.connect(options)) as never;
    } catch (error) {
      const isClosed = error instanceof Error && 'code' in error && error.code === RETRIED;
      throw isClosed ? Object.assign(new Error(error.message, { cause: error.cause }), { code: 'ECONNRESET' }) : error;
    }
  }
}
