import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Authority } from '../../main/demo/outside/certificates.ts';
import { type BackgroundProcess, startProcess, waitFor } from './background-process.ts';

export interface TestRegistry extends AsyncDisposable {
  /** `10.200.0.10:443` */
  readonly address: string;
  /** Paths of the requests so far, in order. */
  requests(): string[];
  stop(): Promise<void>;
}

/**
 * The CNCF's registry (Debian's docker-registry) over TLS, empty. Its folder is deleted with it.
 *
 * @param names host names of its certificate, which is valid for `host` too
 */
export async function startRegistry(options: {
  host: string;
  port?: number;
  names: readonly string[];
  ca: Authority;
}): Promise<TestRegistry> {
  const { host, port = 443, names, ca } = options;
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-registry-'));
  let child: BackgroundProcess | undefined;
  const stop = async (): Promise<void> => {
    await child?.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const issued = ca.issue(host, ...names);
    const file = (name: string): string => join(folder, name);
    await writeFile(file('certificate.pem'), issued.certificate);
    await writeFile(file('key.pem'), issued.key, { mode: 0o600 });
    const address = `${host}:${port}`;
    // YAML is a superset of JSON.
    const config = {
      version: '0.1',
      log: { level: 'info', formatter: 'json', accesslog: { disabled: false } },
      storage: { filesystem: { rootdirectory: file('data') }, delete: { enabled: true } },
      http: { addr: address, tls: { certificate: file('certificate.pem'), key: file('key.pem') } },
    };
    await writeFile(file('config.yml'), JSON.stringify(config));
    const started = await startProcess(['docker-registry', 'serve', file('config.yml')], {
      env: { OTEL_TRACES_EXPORTER: 'none' },
    });
    child = started;
    await waitFor(`the registry at ${address}`, async () => {
      if (!started.running()) throw new Error(`the registry ended: ${started.output()}`);
      return answers(host, port, ca.certificate);
    });
    const requests = (): string[] =>
      [...started.output().matchAll(/"(?:GET|HEAD|PUT|POST|PATCH|DELETE) (\S+) HTTP/g)].map((match) => match[1] ?? '');
    return { address, requests, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function answers(host: string, port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host, port, path: '/', ca, agent: false }, (response) => {
      response.resume();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
