import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { isDirect, type ProxyFor } from './no-proxy.ts';

/**
 * `HTTPS_PROXY` and `HTTP_PROXY`, except for `NO_PROXY`, as Go reads them.
 *
 * @returns with what is wrong with a proxy's address: it is not used then, as if it were not set
 */
export function proxiesOf(env: NodeJS.ProcessEnv): { proxyFor: ProxyFor; hasAny: boolean; problem: Problem | null } {
  const secure = proxyIn(env, 'HTTPS_PROXY');
  const plain = proxyIn(env, 'HTTP_PROXY');
  const noProxy = env.NO_PROXY || env.no_proxy || '';
  const invalid = [secure, plain].find(({ isInvalid }) => isInvalid);
  return {
    proxyFor: (url) => (isDirect(url, noProxy) ? null : url.protocol === 'https:' ? secure.url : plain.url),
    hasAny: secure.url !== null || plain.url !== null,
    // Without the address, which may contain a password.
    problem: invalid === undefined ? null : problem('proxy-invalid', { variable: invalid.variable }),
  };
}

/**
 * Makes this process use the network as other programs on this machine do: through the proxies of its environment, trusting the system's
 * certificates as well as Node's own and those of `NODE_EXTRA_CA_CERTS`, which Node reads itself. Whatever leaves the machine by Node's
 * `fetch` calls this first.
 *
 * @returns what is wrong with a proxy's address: it is not used then, as if it were not set
 */
export async function followSystemNetwork(env: NodeJS.ProcessEnv): Promise<Problem | null> {
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
  const { proxyFor, hasAny, problem } = proxiesOf(env);
  if (hasAny) (await import('./proxied-fetch.ts')).setFetchProxies(proxyFor);
  return problem;
}

/** The variable in either case. An address without a scheme is an HTTP proxy's. */
function proxyIn(env: NodeJS.ProcessEnv, name: string): { variable: string; url: URL | null; isInvalid: boolean } {
  const variable = env[name] ? name : name.toLowerCase();
  const value = env[variable]?.trim() ?? '';
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  const isUsable =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    isDecodable(`${url.username}:${url.password}`);
  return { variable, url: value !== '' && isUsable ? url : null, isInvalid: value !== '' && !isUsable };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
