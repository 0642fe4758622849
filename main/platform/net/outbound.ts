import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { isDirect } from './no-proxy.ts';

/**
 * Makes this process use the network as other programs on this machine do: through `HTTPS_PROXY` and `HTTP_PROXY` except for
 * `NO_PROXY`, all read as Go reads them, trusting the system's certificates as well as Node's own and those of
 * `NODE_EXTRA_CA_CERTS`, which Node reads itself. Whatever leaves the machine by Node's `fetch` calls this first.
 *
 * @returns what is wrong with a proxy's address: it is not used then, as if it were not set
 */
export async function followSystemNetwork(env: NodeJS.ProcessEnv): Promise<Problem | null> {
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
  const secure = proxyIn(env, 'HTTPS_PROXY');
  const plain = proxyIn(env, 'HTTP_PROXY');
  if (secure.url !== null || plain.url !== null) {
    const { setFetchProxies } = await import('./proxied-fetch.ts');
    const noProxy = env.NO_PROXY || env.no_proxy || '';
    setFetchProxies({ secure: secure.url, plain: plain.url, isDirect: (url) => isDirect(url, noProxy) });
  }
  const invalid = [secure, plain].find(({ isInvalid }) => isInvalid);
  // Without the address, which may contain a password.
  return invalid === undefined ? null : problem('proxy-invalid', { variable: invalid.variable });
}

/** The variable in either case. An address without a scheme is an HTTP proxy's. */
function proxyIn(env: NodeJS.ProcessEnv, name: string): { variable: string; url: URL | null; isInvalid: boolean } {
  const variable = env[name] ? name : name.toLowerCase();
  const value = env[variable]?.trim() ?? '';
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '';
  return { variable, url: value !== '' && isUsable ? url : null, isInvalid: value !== '' && !isUsable };
}
