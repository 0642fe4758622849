import { Agent, Dispatcher, ProxyAgent, setGlobalDispatcher } from 'undici';

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
  const agentOf = (proxy: URL | null): Dispatcher => (proxy === null ? direct : new ProxyAgent({ uri: proxy.href }));
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
