import { setGlobalProxyFromEnv } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ProblemError } from '../../../shared/problems/problem.ts';

/** A proxy on another machine cannot reach these, and what is asked of them is often secret. Go never proxies them either. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Sends this process's requests the way that this machine's other programs go: by `HTTPS_PROXY` and `HTTP_PROXY` but for
 * `NO_PROXY` (names and `*.` suffixes, no address ranges), and with the certificates that the system trusts beside
 * Node's own. `NODE_EXTRA_CA_CERTS` names one more file; Node reads that by itself.
 *
 * @throws ProblemError `proxy-invalid`
 */
export function followSystemNetwork(env: NodeJS.ProcessEnv): void {
  const noProxy = env.no_proxy ?? env.NO_PROXY ?? '';
  try {
    setGlobalProxyFromEnv({ ...env, no_proxy: noProxy === '*' ? '*' : [noProxy, ...LOOPBACK].join(',') });
  } catch (error) {
    throw new ProblemError(
      {
        code: 'proxy-invalid',
        message: 'The proxy that the environment names has no valid address.',
        // Not the address itself: it may hold a password.
        cause: 'HTTPS_PROXY or HTTP_PROXY cannot be read as a URL',
        next: 'Write it like http://proxy.example:3128, or remove the variable.',
      },
      { cause: error },
    );
  }
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
}
