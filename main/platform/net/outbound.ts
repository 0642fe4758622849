import { setGlobalProxyFromEnv } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

/** A proxy on another machine cannot reach these, and requests to them are often secret. Go never proxies them either. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Makes this process use the network as other programs on this machine do: through `HTTPS_PROXY` and `HTTP_PROXY` except for
 * `NO_PROXY` (names and `*.` suffixes, no address ranges), trusting the system's certificates as well as Node's own and those
 * of `NODE_EXTRA_CA_CERTS`, which Node reads itself.
 *
 * @throws ProblemError `proxy-invalid`
 */
export function followSystemNetwork(env: NodeJS.ProcessEnv): void {
  const noProxy = env.no_proxy ?? env.NO_PROXY ?? '';
  try {
    setGlobalProxyFromEnv({ ...env, no_proxy: noProxy === '*' ? '*' : [noProxy, ...LOOPBACK].join(',') });
  } catch (error) {
    throw new ProblemError(
      // Without the address, which may contain a password.
      problem('proxy-invalid', {}, { cause: 'HTTPS_PROXY or HTTP_PROXY is not a URL' }),
      { cause: error },
    );
  }
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
}
