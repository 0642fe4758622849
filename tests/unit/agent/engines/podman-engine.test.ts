import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../../../main/agent/engines/docker-engine.ts';
import { readPullAnswer } from '../../../../main/agent/engines/podman-engine.ts';

const host = 'n0123.probe.portcullis.internal';
const zero = '0'.repeat(64);
const start = `initializing source docker://${host}/x@sha256:${zero}: pinging container registry ${host}: `;
const get = `${start}Get "https://${host}/v2/": `;
const never = (): boolean => false;

/** Recorded from Podman 4.3.1 (Debian 12) where nothing else is said. */
describe('what Podman says about a name that must be refused', () => {
  it.each<[string, string, 'denied' | 'passed' | 'no-answer']>([
    ['NXDOMAIN', `${get}dial tcp: lookup ${host} on 10.255.255.53:53: no such host`, 'denied'],
    [
      'the sentence of a proxy',
      `${get}${host} is blocked by acme. To request access, contact it@acme.example.`,
      'denied',
    ],
    ['a server without TLS', `${get}tls: first record does not look like a TLS handshake`, 'passed'],
    ['a server that is no registry', `${start}invalid status code from registry 404 (Not Found)`, 'passed'],
    ['a closed port', `${get}dial tcp 127.0.0.2:1: connect: connection refused`, 'no-answer'],
    // From the sources of containers/image 5.23.
    ['a foreign certificate', `${get}x509: certificate signed by unknown authority`, 'passed'],
    [
      'a registry without the image',
      `initializing source docker://${host}/x: reading manifest latest in ${host}/x: manifest unknown`,
      'passed',
    ],
    ['a registry that wants a password', `${start}unauthorized: authentication required`, 'passed'],
    [
      'a list of its own that blocks the name',
      `registry ${host} is blocked in /etc/containers/registries.conf`,
      'no-answer',
    ],
    ['a connection that was cut', `${get}EOF`, 'no-answer'],
  ])('%s', (_, error, kind) => {
    expect(readPullAnswer(200, { error }, never).kind).toBe(kind);
    // Without `quiet`, and as newer versions say it.
    const stream = `{"stream":"Trying to pull ${host}/x...\\n"}\n${JSON.stringify({ error })}\n`;
    expect(readPullAnswer(200, stream, never).kind).toBe(kind);
    expect(readPullAnswer(500, { cause: 'x', message: error, response: 500 }, never).kind).toBe(kind);
  });

  it('takes a pull without an error for passed, and an answer that says nothing for none', () => {
    expect(readPullAnswer(200, { images: ['x'], id: 'x' }, never).kind).toBe('passed');
    expect(readPullAnswer(404, 'Not Found\n', never).kind).toBe('no-answer');
  });

  it('recognizes the network wall', () => {
    const error = `${get}dial tcp 93.184.216.34:443: connect: no route to host`;
    expect(readPullAnswer(200, { error }, (message) => message.includes('no route')).kind).toBe('walled');
    expect(readPullAnswer(200, { error }, never).kind).toBe('no-answer');
  });
});

describe.runIf(process.platform !== 'win32')('an engine at a socket', () => {
  let folder: string;
  let server: Server;
  let asked: string[];
  let version: object;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-engine-'));
    asked = [];
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://d');
      const what = `${request.method} ${pathname}`;
      asked.push(what);
      const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      if (pathname === '/version') return answer(200, version);
      if (pathname === '/info') return answer(200, { ServerVersion: '4.3.1', HttpsProxy: 'http://10.200.0.1:3128' });
      if (pathname.startsWith('/distribution/')) return answer(500, { message: `${get}blocked by acme` });
      expect(what).toBe('POST /v4.0.0/libpod/images/pull');
      expect(searchParams.get('reference')).toBe(`${host}/x@sha256:${zero}`);
      return answer(200, { error: `${get}blocked by acme` });
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'api.sock'), resolve));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  const signal = AbortSignal.timeout(60_000);
  const engine = () =>
    createDockerEngine({ kind: 'linux', name: 'engine', socket: `unix://${join(folder, 'api.sock')}` });

  it('is asked by Podman’s own API where it is one, for its settings as Docker’s', async () => {
    version = { Components: [{ Name: 'Podman Engine', Version: '4.3.1' }, { Name: 'Conmon' }] };
    const podman = engine();
    expect(await podman.inspect(signal)).toMatchObject({ version: '4.3.1', proxy: { inUse: true } });
    expect(await podman.probe(host, signal)).toEqual({ kind: 'denied', detail: 'blocked by acme' });
    expect(asked).toEqual(['GET /info', 'GET /version', 'POST /v4.0.0/libpod/images/pull']);
  });

  it('is asked as Docker’s where it is one, or does not say what it is', async () => {
    for (version of [{ Components: [{ Name: 'Engine' }, { Name: 'containerd' }] }, {}]) {
      expect(await engine().probe(host, signal)).toMatchObject({ kind: 'denied' });
    }
    expect(asked.filter((what) => what.startsWith('POST'))).toEqual([]);
  });

  it('is asked anew what it is with each inspection', async () => {
    version = { Components: [{ Name: 'Podman Engine' }] };
    const replaced = engine();
    await replaced.inspect(signal);
    version = { Components: [{ Name: 'Engine' }] };
    await replaced.inspect(signal);
    await replaced.probe(host, signal);
    expect(asked.at(-1)).toBe(`GET /distribution/${host}/x/json`);
  });
});
