import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type LoopbackListener, openLoopbackListener } from '../../../../main/agent/session/loopback-listener.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function taken(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago, and below the range from which the system gives ports to others. */
async function free(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const listens = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!listens) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

async function open(ports: readonly number[]): Promise<LoopbackListener> {
  const listener = await openLoopbackListener(null, ports);
  closing.push(listener.close);
  return listener;
}

const uri = (port: number): string => `http://127.0.0.1:${port}/callback`;

it('takes any free port where none is named', async () => {
  const { redirectUri } = await open([]);
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
});

it('takes the first of the named ports', async () => {
  const ports = [await free(), await free()];
  expect((await open(ports)).redirectUri).toBe(uri(ports[0] ?? 0));
});

it('moves on from a port that is taken', async () => {
  const ports = [await taken(), await taken(), await free()];
  expect((await open(ports)).redirectUri).toBe(uri(ports[2] ?? 0));
});

it('names all ports if all of them are taken', async () => {
  const ports = [await taken(), await taken()];
  await expect(open(ports)).rejects.toMatchObject({
    problem: {
      code: 'redirect-ports-taken',
      args: { ports: ports.map(String) },
      cause: expect.stringContaining('EADDRINUSE'),
    },
  });
});

it('makes room for the next at its port, and still delivers the page that it is sending', async () => {
  const port = await free();
  const { promise: redeemed, resolve: redeem } = Promise.withResolvers<void>();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const first = await open([port]);
  first.expect('one', async () => {
    onAsked();
    await redeemed;
    return { kind: 'replaced' };
  });
  const page = fetch(`${first.redirectUri}?state=one&code=x`);
  await asked;
  first.freePort();
  const second = await open([port]);
  second.expect('two', async () => ({ kind: 'replaced' }));
  redeem();
  expect(await (await page).text()).toContain('<!doctype html>');
  expect((await fetch(`${second.redirectUri}?state=two&code=x`)).status).toBe((await page).status);
});
