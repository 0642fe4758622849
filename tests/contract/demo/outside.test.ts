import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helloImage } from '../../../main/demo/outside/hello-image.ts';
import { helloProgram } from '../../../main/demo/outside/hello-program.ts';
import {
  ALLOWED_REGISTRY,
  BLOCKED_REGISTRY,
  IMAGE,
  type Outside,
  startOutside,
} from '../../../main/demo/outside/outside.ts';
import { ask } from '../../support/dns-client.ts';

describe('what the demo plays of the world outside', () => {
  const running = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-outside-'));
  let outside: Outside;
  beforeAll(async () => {
    outside = await startOutside(running, folder);
  });
  afterAll(async () => {
    await running.disposeAsync();
    rmSync(folder, { recursive: true });
  });

  /** A tunnel through the route to a registry, its certificate verified for that name. */
  async function tunnel(host: string): Promise<TLSSocket> {
    const [address = '', port] = outside.gateway.upstreamProxy.address.split(':');
    const opened = request({ host: address, port: Number(port), method: 'CONNECT', path: `${host}:443` });
    opened.end();
    const socket = await new Promise<Socket>((resolve, reject) => {
      opened.once('connect', (response, raw) =>
        response.statusCode === 200 ? resolve(raw) : reject(new Error(`status ${response.statusCode}`)),
      );
      opened.once('error', reject);
    });
    const secured = connect({ socket, servername: host, ca: readFileSync(outside.caFile) });
    await new Promise<void>((resolve, reject) => secured.once('secureConnect', resolve).once('error', reject));
    return secured;
  }

  async function fetched(host: string, path: string, method = 'GET') {
    const socket = await tunnel(host);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ createConnection: () => socket, path, method, headers: { host } }, resolve)
        .once('error', reject)
        .end();
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    socket.destroy();
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
  }

  it.each([ALLOWED_REGISTRY, BLOCKED_REGISTRY])(
    'serves an image that %s hands out whole, with its digests',
    async (host) => {
      expect(await fetched(host, '/v2/')).toMatchObject({ status: 200 });
      const manifest = await fetched(host, `/v2/${IMAGE}/manifests/latest`);
      const digest = String(manifest.headers['docker-content-digest']);
      expect(digest).toBe(digestOf(manifest.body));
      expect((await fetched(host, `/v2/${IMAGE}/manifests/${digest}`)).body).toEqual(manifest.body);
      const { config, layers } = JSON.parse(manifest.body.toString());
      for (const { digest: part, size } of [config, ...layers]) {
        const { body } = await fetched(host, `/v2/${IMAGE}/blobs/${part}`);
        expect([digestOf(body), body.length]).toEqual([part, size]);
      }
    },
  );

  it('answers HEAD without a body, and says what it has not and may not', async () => {
    const head = await fetched(ALLOWED_REGISTRY, `/v2/${IMAGE}/manifests/latest`, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    const missing = await fetched(ALLOWED_REGISTRY, '/v2/other/manifests/latest');
    expect([missing.status, JSON.parse(missing.body.toString()).errors[0].code]).toEqual([404, 'NAME_UNKNOWN']);
    const pushed = await fetched(ALLOWED_REGISTRY, `/v2/${IMAGE}/blobs/uploads/`, 'POST');
    expect([pushed.status, JSON.parse(pushed.body.toString()).errors[0].code]).toEqual([405, 'UNSUPPORTED']);
  });

  it('leads no other port of its names there, and says of what it cannot reach that it cannot', async () => {
    const [address = '', port] = outside.gateway.upstreamProxy.address.split(':');
    const asked = request({ host: address, port: Number(port), method: 'CONNECT', path: '127.0.0.1:1' });
    asked.end();
    const status = await new Promise((resolve) => asked.once('connect', ({ statusCode }) => resolve(statusCode)));
    expect(status).toBe(502);
  });

  it('forwards plain HTTP', async () => {
    const [address = '', port] = outside.gateway.upstreamProxy.address.split(':');
    const status = await new Promise((resolve, reject) => {
      get({ host: address, port: Number(port), path: 'http://127.0.0.1:1/' }, ({ statusCode }) =>
        resolve(statusCode),
      ).once('error', reject);
    });
    expect(status).toBe(502);
  });

  it('has a resolver that knows both registries and nothing else', async () => {
    const [resolver = ''] = outside.gateway.split['acme.example'] ?? [];
    expect(outside.gateway.split['globex.example']).toEqual([resolver]);
    for (const host of [ALLOWED_REGISTRY, BLOCKED_REGISTRY]) {
      expect((await ask(resolver, host)).answers).toMatchObject([{ type: 'A', data: '192.0.2.10' }]);
      expect(await ask(resolver, host, { type: 'AAAA' })).toMatchObject({ rcode: 'NOERROR', answers: [] });
    }
    expect(await ask(resolver, 'gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });
  });
});

describe('the image', () => {
  it('is the same every time', () => {
    expect(helloImage('x64', 'hello\n').manifest.digest).toBe(helloImage('x64', 'hello\n').manifest.digest);
  });

  it('holds one executable file, which tar reads', () => {
    const [, layer] = helloImage('arm64', 'hello\n').blobs;
    const listed = spawnSync('tar', ['--list', '--verbose', '--file', '-'], { input: gunzipSync(layer?.body ?? '') });
    expect(String(listed.stdout)).toMatch(/^-rwxr-xr-x 0\/0 +\d+ 1970-01-01 .* hello\n$/);
  });

  it('holds the text alone where no program is known for the processor', () => {
    expect(helloProgram('riscv64', 'hello\n')).toBeNull();
    const [, layer] = helloImage('riscv64', 'hello\n').blobs;
    expect(gunzipSync(layer?.body ?? '').includes('hello\n')).toBe(true);
  });

  it.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))(
    'holds a program that prints the text and ends well',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'portcullis-hello-'));
      const file = join(folder, 'hello');
      writeFileSync(file, helloProgram(process.arch, 'Hello there.\n') ?? '');
      chmodSync(file, 0o755);
      const { status, stdout } = spawnSync(file);
      rmSync(folder, { recursive: true });
      expect([status, String(stdout)]).toEqual([0, 'Hello there.\n']);
    },
  );
});

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
