import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get as getPlain, type IncomingMessage } from 'node:http';
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
 * The CNCF's registry (Debian's docker-registry), empty. Its folder is deleted with it.
 *
 * @param names host names of its certificate, which is valid for `host` too
 * @param ca who issues it; over HTTP without
 */
export async function startRegistry(options: {
  host: string;
  port?: number;
  names: readonly string[];
  ca?: Authority;
}): Promise<TestRegistry> {
  const { host, port = 443, names, ca } = options;
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-registry-'));
  let child: BackgroundProcess | undefined;
  const stop = async (): Promise<void> => {
    await child?.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const file = (name: string): string => join(folder, name);
    const issued = ca?.issue(host, ...names);
    if (issued !== undefined) {
      await writeFile(file('certificate.pem'), issued.certificate);
      await writeFile(file('key.pem'), issued.key, { mode: 0o600 });
    }
    const tls = { certificate: file('certificate.pem'), key: file('key.pem') };
    const address = `${host}:${port}`;
    // YAML is a superset of JSON.
    const config = {
      version: '0.1',
      log: { level: 'info', formatter: 'json', accesslog: { disabled: false } },
      storage: { filesystem: { rootdirectory: file('data') }, delete: { enabled: true } },
      http: { addr: address, ...(issued === undefined ? {} : { tls }) },
    };
    await writeFile(file('config.yml'), JSON.stringify(config));
    const started = await startProcess(['docker-registry', 'serve', file('config.yml')], {
      env: { OTEL_TRACES_EXPORTER: 'none' },
    });
    child = started;
    await waitFor(`the registry at ${address}`, async () => {
      if (!started.running()) throw new Error(`the registry ended: ${started.output()}`);
      return answers(host, port, ca?.certificate);
    });
    const requests = (): string[] =>
      [...started.output().matchAll(/"(?:GET|HEAD|PUT|POST|PATCH|DELETE) (\S+) HTTP/g)].map((match) => match[1] ?? '');
    return { address, requests, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function answers(host: string, port: number, ca: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = { host, port, path: '/', agent: false } as const;
    const answered = (response: IncomingMessage): void => {
      response.resume();
      resolve(true);
    };
    const request = ca === undefined ? getPlain(ask, answered) : get({ ...ask, ca }, answered);
    request.on('error', () => resolve(false));
  });
}
