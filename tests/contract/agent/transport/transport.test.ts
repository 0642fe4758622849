import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, lstat, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connectToAgent, serveAgentSocket } from '../../../../main/agent/transport/agent-socket.ts';
import {
  CODE_LIFE_MS,
  createPanelAccess,
  MAX_WRONG_CODES,
  type PanelAccess,
} from '../../../../main/agent/transport/panel-access.ts';
import { loadPanelFiles } from '../../../../main/agent/transport/panel-files.ts';
import { type PanelServer, startPanelServer } from '../../../../main/agent/transport/panel-server.ts';
import { agentSockets } from '../../../../main/platform/fs/places.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { listen } from '../../../../main/platform/net/listen.ts';
import type { ProblemError } from '../../../../shared/problems/problem.ts';
import { createClient, type IpcClient } from '../../../../shared/schemas/ipc.ts';
import { MAX_MESSAGE_BYTES } from '../../../../shared/schemas/ipc-schema.ts';
import type { Snapshot } from '../../../../shared/schemas/snapshot.ts';
import { createFakeAgent, type FakeAgent } from '../../../support/fake-agent.ts';
import { inputsFor, snapshotOf } from '../../../support/snapshots.ts';

let folder: string;
let agent: FakeAgent;
let now: number;
let access: PanelAccess;
let server: PanelServer;
const open: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pc-'));
  await mkdir(join(folder, 'panel', 'assets'), { recursive: true });
  await writeFile(join(folder, 'panel', 'index.html'), '<!doctype html><title>Portcullis</title>');
  await writeFile(join(folder, 'panel', 'assets', 'app-1234.js'), 'void 0;');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  agent = createFakeAgent();
  now = 0;
  access = createPanelAccess(() => now, randomBytes);
  server = await startPanelServer({
    agent,
    access,
    files: loadPanelFiles(join(folder, 'panel')),
    port: 0,
    log: silentLogger(),
    helloTimeout: 2_000,
  });
});
afterEach(async () => {
  for (const close of open.splice(0)) close();
  await server.close();
  await rm(folder, { recursive: true });
});

interface Page {
  socket: WebSocket;
  messages: unknown[];
  next(): Promise<unknown>;
  closed: Promise<number>;
}

/** A page at `origin`, as a browser would open the WebSocket. */
async function openPage(headers: Record<string, string> = { Origin: server.origin }): Promise<Page> {
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/ipc`, { headers });
  open.push(() => socket.terminate());
  const messages: unknown[] = [];
  const waiters: ((message: unknown) => void)[] = [];
  socket.on('message', (data) => {
    const message: unknown = JSON.parse(String(data));
    const waiter = waiters.shift();
    if (waiter) waiter(message);
    else messages.push(message);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return {
    socket,
    messages,
    next: () =>
      messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiters.push(resolve)),
    closed,
  };
}

const hello = (args: object) => JSON.stringify({ id: 0, call: 'hello', args });

async function signedInPage(): Promise<Page & { session: string }> {
  const page = await openPage();
  page.socket.send(hello({ code: access.issueCode() }));
  const answer = (await page.next()) as { ok: { session: string } };
  return { ...page, session: answer.ok.session };
}

interface HttpAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}
function ask(path: string, options: { host?: string; method?: string } = {}): Promise<HttpAnswer> {
  const { hostname, port, host } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path, method: options.method ?? 'GET', headers: { Host: options.host ?? host }, agent: false },
      (answer) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

describe('the panel over HTTP', () => {
  it('serves the built files, and says what a browser may do with them', async () => {
    const page = await ask('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>Portcullis</title>' });
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers).not.toHaveProperty('set-cookie');
    expect(page.headers).not.toHaveProperty('access-control-allow-origin');
    expect((await ask('/assets/app-1234.js')).headers['cache-control']).toContain('immutable');
  });

  it.each(['localhost:PORT', '127.0.0.1', 'evil.example', '127.0.0.1:1', '[::1]:PORT', '127.0.0.1:PORT.evil.example'])(
    'refuses the foreign Host "%s"',
    async (host) => {
      const { port } = new URL(server.origin);
      expect((await ask('/', { host: host.replace('PORT', port) })).status).toBe(421);
    },
  );

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt', '/index.html/', '//', '/.git'])(
    'has no file %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it.each(['POST', 'PUT', 'OPTIONS', 'DELETE'])('refuses %s', async (method) => {
    expect((await ask('/', { method })).status).toBe(405);
  });

  it('lets nobody hold all our descriptors, and is back when they go', async () => {
    const { hostname, port } = new URL(server.origin);
    let closed = 0;
    const held = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          closed += 1;
        });
        await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
        return socket;
      }),
    );
    await expect.poll(() => closed).toBe(300 - 256);
    for (const socket of held) socket.destroy();
    await expect
      .poll(() =>
        ask('/').then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  it('listens on 127.0.0.1 only', () => {
    expect(new URL(server.origin).hostname).toBe('127.0.0.1');
  });

  it('says what to do when the port is taken', async () => {
    const port = Number(new URL(server.origin).port);
    const second = startPanelServer({ agent, access, files: new Map(), port, log: silentLogger() });
    await expect(second).rejects.toMatchObject({
      problem: { code: 'panel-port', cause: expect.stringContaining('EADDRINUSE') },
    });
  });

  it('says how to build the panel when it is not there', () => {
    expect(() => loadPanelFiles(join(folder, 'nowhere'))).toThrow(/panel-not-built/);
  });
});

describe('a WebSocket from a page', () => {
  it.each<[string, Record<string, string>, number]>([
    ['of another origin', { Origin: 'https://evil.example' }, 403],
    ['of another port', { Origin: 'http://127.0.0.1:1' }, 403],
    ['of localhost', { Origin: 'http://localhost' }, 403],
    ['without an origin', {}, 403],
    ['of origin null', { Origin: 'null' }, 403],
    ['under another host name', { Host: 'evil.example' }, 421],
  ])('%s is refused', async (_who, headers, status) => {
    const withOrigin = 'Host' in headers ? { Origin: server.origin, ...headers } : headers;
    await expect(openPage(withOrigin)).rejects.toThrow(`Unexpected server response: ${status}`);
    expect(agent.listeners()).toBe(0);
  });

  it('is answered nothing but a refusal before it has said hello', async () => {
    const page = await openPage();
    page.socket.send(JSON.stringify({ id: 1, call: 'snapshot.get', args: {} }));
    expect(await page.next()).toMatchObject({ error: { code: 'panel-not-allowed' } });
    expect(await page.closed).toBe(4401);
    expect(agent.listeners()).toBe(0);
  });

  it('is closed when it says nothing', async () => {
    const page = await openPage();
    expect(await page.closed).toBe(4401);
  });

  it('trades a code for a session once', async () => {
    const code = access.issueCode();
    const first = await openPage();
    first.socket.send(hello({ code }));
    expect(await first.next()).toMatchObject({ ok: { session: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    const second = await openPage();
    second.socket.send(hello({ code }));
    expect(await second.next()).toMatchObject({ error: { code: 'panel-not-allowed' } });
    expect(await second.closed).toBe(4401);
  });

  it('is refused with a code older than a minute', async () => {
    const code = access.issueCode();
    now = CODE_LIFE_MS;
    const page = await openPage();
    page.socket.send(hello({ code }));
    expect(await page.next()).toMatchObject({ error: { code: 'panel-not-allowed' } });
  });

  it('comes back with its session key, and with no other', async () => {
    const { session } = await signedInPage();
    const again = await openPage();
    again.socket.send(hello({ session }));
    expect(await again.next()).toMatchObject({ ok: { session } });
    const other = await openPage();
    other.socket.send(hello({ session: '0'.repeat(64) }));
    expect(await other.next()).toMatchObject({ error: { code: 'panel-not-allowed' } });
  });

  it.each([
    ['text', 'x'.repeat(MAX_MESSAGE_BYTES + 1)],
    ['bytes', Buffer.alloc(MAX_MESSAGE_BYTES + 1)],
  ])('is closed by an oversized message of %s, before and after hello', async (_kind, message) => {
    const stranger = await openPage();
    stranger.socket.send(message);
    expect(await stranger.closed).toBe(1009);
    const page = await signedInPage();
    page.socket.send(message);
    expect(await page.closed).toBe(1009);
  });

  it('is read no further while it takes nothing, whatever it pings', async () => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    open.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.write(
      `GET /ipc HTTP/1.1\r\nHost: ${new URL(server.origin).host}\r\nOrigin: ${server.origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    await once(socket, 'readable');
    // A ping of 125 bytes, masked with zeros. Nothing that comes back is read.
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const megabyte = Buffer.concat(Array.from({ length: 8000 }, () => ping));
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < 200; sent += 1) socket.write(megabyte);
    // What the server does not read stays here; it stops before it has read half.
    let last = -1;
    const isStill = (): boolean => {
      const was = last;
      last = socket.writableLength;
      return was === last;
    };
    await expect.poll(isStill, { interval: 500, timeout: 30_000 }).toBe(true);
    expect(last).toBeGreaterThan(100 * megabyte.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
  });

  it('ends its subscription when it goes', async () => {
    const page = await signedInPage();
    await page.next();
    expect(agent.listeners()).toBe(1);
    page.socket.terminate();
    await expect.poll(() => agent.listeners()).toBe(0);
  });
});

describe('a one-time code', () => {
  const tryAt = (code: string) => access.redeem(`${code.slice(0, 8)}${'f'.repeat(24)}`);

  it('is void after five wrong tries at it, and no other is', () => {
    const [code, other] = [access.issueCode(), access.issueCode()];
    for (let attempt = 0; attempt < MAX_WRONG_CODES; attempt += 1) expect(tryAt(code)).toBeNull();
    expect(access.redeem(code)).toBeNull();
    expect(access.redeem(other)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('survives four wrong tries', () => {
    const code = access.issueCode();
    for (let attempt = 1; attempt < MAX_WRONG_CODES; attempt += 1) expect(tryAt(code)).toBeNull();
    expect(access.redeem(code)).not.toBeNull();
  });

  it('is not voided by who knows nothing of it, as a web page that opens the panel with false ones', () => {
    const code = access.issueCode();
    for (let attempt = 0; attempt < 1000; attempt += 1)
      expect(access.redeem(randomBytes(16).toString('hex'))).toBeNull();
    expect(access.redeem(code)).toMatch(/^[0-9a-f]{64}$/);
  });
});

/** What both transports must do alike. */
interface Peer {
  client: IpcClient;
  send(text: string): void;
  nextRaw(): Promise<unknown>;
}
const transports: Record<string, () => Promise<Peer>> = {
  WebSocket: async () => {
    const page = await signedInPage();
    const client = createClient((message) => page.socket.send(JSON.stringify(message)));
    page.socket.on('message', (data) => client.receive(JSON.parse(String(data))));
    for (const message of page.messages) client.receive(message);
    return { client, send: (text) => page.socket.send(text), nextRaw: page.next };
  },
  'agent socket': async () => {
    const path = join(folder, 'run', 'agent.sock');
    const served = await serveAgentSocket(path, agent, silentLogger());
    const socket = connect(path);
    open.push(() => {
      socket.destroy();
      void served.close();
    });
    const waiters: ((message: unknown) => void)[] = [];
    const messages: unknown[] = [];
    const client = createClient((message) => socket.write(`${JSON.stringify(message)}\n`));
    let buffer = '';
    socket.on('data', (data) => {
      buffer += String(data);
      const lines = buffer.split('\n');
      buffer = lines.pop() ?? '';
      for (const line of lines) {
        const message: unknown = JSON.parse(line);
        client.receive(message);
        const waiter = waiters.shift();
        if (waiter) waiter(message);
        else messages.push(message);
      }
    });
    return {
      client,
      send: (text) => socket.write(`${text}\n`),
      nextRaw: () =>
        messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiters.push(resolve)),
    };
  },
};

describe.each(Object.keys(transports))('the calls and events over the %s', (name) => {
  let peer: Peer;
  beforeEach(async () => {
    peer = await (transports[name] as () => Promise<Peer>)();
  });

  it('begin with a snapshot, then every change, numbered without gaps', async () => {
    const locked = snapshotOf(inputsFor.locked);
    expect(await peer.nextRaw()).toEqual({ seq: 0, event: 'snapshot', data: agent.snapshot() });
    agent.play(locked);
    expect(await peer.nextRaw()).toEqual({ seq: 1, event: 'snapshot', data: locked });
    const denied = { ...locked, deniedToday: 5, denialsVersion: '5' };
    agent.play(denied);
    expect(await peer.nextRaw()).toEqual({ seq: 2, event: 'snapshot', data: denied });
  });

  it('bring every snapshot through unchanged', async () => {
    for (const inputs of Object.values(inputsFor)) {
      const snapshot: Snapshot = snapshotOf(inputs);
      agent.play(snapshot);
      expect(await peer.client.call('snapshot.get', {})).toEqual(snapshot);
      expect(structuredClone(snapshot)).toEqual(JSON.parse(JSON.stringify(snapshot)));
    }
  });

  it('bring a handler failure as its problem', async () => {
    await expect(peer.client.call('session.signIn', { opener: 'caller' })).rejects.toMatchObject({
      problem: { code: 'not-played' },
    });
  });

  it.each<[string, string, string]>([
    ['what is not JSON', 'nonsense', 'ipc-malformed'],
    ['what is no request', '{"id":"x"}', 'ipc-malformed'],
    ['an unknown call', '{"id":7,"call":"constructor","args":{}}', 'ipc-unknown-call'],
    ['unknown arguments', '{"id":7,"call":"sync.now","args":{"force":true}}', 'ipc-bad-arguments'],
    ['wrong arguments', '{"id":7,"call":"registries.list","args":{"limit":100000}}', 'ipc-bad-arguments'],
  ])('answer %s with its problem, and go on', async (_what, text, code) => {
    await peer.nextRaw();
    peer.send(text);
    expect(await peer.nextRaw()).toMatchObject({ error: { code } });
    expect(await peer.client.call('sync.now', {})).toEqual({ outcome: 'unchanged', problem: null });
  });
});

/** What an agent leaves that was killed. */
async function leaveDeadSocket(path: string): Promise<void> {
  const dead = createServer();
  await listen(dead, { path: `${path}.live` });
  // Closing removes the socket by the name it was made with.
  await rename(`${path}.live`, path);
  dead.close();
  await once(dead, 'close');
}

describe('the agent socket', () => {
  const path = () => join(folder, 'run', 'agent.sock');

  it('is its user’s alone', async () => {
    const served = await serveAgentSocket(path(), agent, silentLogger());
    open.push(() => void served.close());
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700);
  });

  it('serves what a page may not ask for', async () => {
    const served = await serveAgentSocket(path(), agent, silentLogger());
    const { client, close } = await connectToAgent(path());
    expect(await client.call('panel.open', { print: true })).toEqual({ url: null });
    close();
    await served.close();
    const page = await signedInPage();
    await page.next();
    page.socket.send(JSON.stringify({ id: 3, call: 'panel.open', args: { print: true } }));
    expect(await page.next()).toMatchObject({ id: 3, error: { code: 'ipc-unknown-call' } });
  });

  it('takes the place of a killed one, never of a running one', async () => {
    const first = await serveAgentSocket(path(), agent, silentLogger());
    await expect(serveAgentSocket(path(), agent, silentLogger())).rejects.toMatchObject({
      problem: { code: 'agent-running' },
    });
    await first.close();
    await leaveDeadSocket(path());
    const second = await serveAgentSocket(path(), agent, silentLogger());
    await second.close();
  });

  it.runIf(process.platform !== 'win32').each([
    ['a file', () => writeFile(path(), 'my thesis')],
    ['a folder', () => mkdir(path())],
    ['a link', () => symlink(join(folder, 'elsewhere'), path())],
    ['a link to a file', () => symlink(fileURLToPath(import.meta.url), path())],
  ])('is not made where %s stands, which stays', async (_what, put) => {
    await mkdir(join(folder, 'run'), { mode: 0o700 });
    await put();
    const before = await lstat(path());
    await expect(serveAgentSocket(path(), agent, silentLogger())).rejects.toMatchObject({
      problem: { code: 'agent-socket-occupied', message: expect.stringContaining(path()) },
    });
    const after = await lstat(path());
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it.runIf(process.geteuid?.() === 0)('is not made where a socket of another user stands, which stays', async () => {
    await mkdir(join(folder, 'run'), { mode: 0o700 });
    await leaveDeadSocket(path());
    await chown(path(), 12_345, 12_345);
    await expect(serveAgentSocket(path(), agent, silentLogger())).rejects.toMatchObject({
      problem: { code: 'agent-socket-occupied', cause: expect.stringContaining('belongs to user 12345') },
    });
    expect((await lstat(path())).uid).toBe(12_345);
  });

  it('fails calls to an agent that has gone, under way or new', async () => {
    const gone = await serveAgentSocket(path(), agent, silentLogger());
    agent.answer({ 'sync.now': () => new Promise(() => {}) });
    const { client, close } = await connectToAgent(path());
    const pending = client.call('sync.now', {}).catch((error: ProblemError) => error.problem.code);
    await client.call('snapshot.get', {});
    await gone.close();
    expect(await pending).toBe('agent-gone');
    await expect(client.call('snapshot.get', {})).rejects.toMatchObject({ problem: { code: 'agent-gone' } });
    close();
  });

  it('says that the agent is not running', async () => {
    await expect(connectToAgent(path())).rejects.toMatchObject({ problem: { code: 'agent-not-running' } });
  });

  it('says which folder it cannot use', async () => {
    await writeFile(join(folder, 'run'), '');
    await expect(serveAgentSocket(path(), agent, silentLogger())).rejects.toMatchObject({
      problem: { code: 'cannot-write', message: expect.stringContaining(join(folder, 'run')) },
    });
    await chmod(join(folder, 'run'), 0o600);
  });

  it.runIf(process.platform !== 'win32')('is not made where another user could put another in its place', async () => {
    await mkdir(join(folder, 'run'));
    await chmod(join(folder, 'run'), 0o777);
    await expect(serveAgentSocket(path(), agent, silentLogger())).rejects.toMatchObject({
      problem: { code: 'agent-socket-untrusted', cause: expect.stringContaining('mode 777') },
    });
  });

  it.runIf(process.geteuid?.() === 0)('is not believed where it is another user’s', async () => {
    const served = await serveAgentSocket(path(), agent, silentLogger());
    open.push(() => void served.close());
    await chown(path(), 12_345, 12_345);
    await expect(connectToAgent(path())).rejects.toMatchObject({
      problem: { code: 'agent-not-running', cause: expect.stringContaining('belongs to user 12345') },
    });
  });

  it.runIf(process.platform !== 'win32').each([{}, { XDG_RUNTIME_DIR: '' }, { XDG_RUNTIME_DIR: 'run' }])(
    'is not looked for in the folder that one happens to stand in, with %o',
    (env) => {
      for (const socket of agentSockets(env)) expect(isAbsolute(socket)).toBe(true);
    },
  );

  it('drops a peer whose message is too long, and fails its calls', async () => {
    const served = await serveAgentSocket(path(), agent, silentLogger());
    const socket = connect(path());
    const received: string[] = [];
    socket.on('data', (data) => received.push(String(data)));
    socket.write(`${'x'.repeat(MAX_MESSAGE_BYTES)}\n`);
    await new Promise((resolve) => socket.on('close', resolve));
    expect(received.join('')).toContain('ipc-too-long');
    await served.close();
  });
});
