import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openProxy, type RegistryProxy } from '../../../../main/gateway/proxy/proxy.ts';
import { PROXY_LIMITS, type ProxyContext } from '../../../../main/gateway/proxy/proxy-core.ts';
import { decide } from '../../../../shared/decide.ts';
import type { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { compilePolicy } from '../../../../shared/rule-set/compile.ts';
import { openRules, type RuleSet } from '../../../../shared/rule-set/rule-set.ts';
import { clientHello, serverName } from '../../../support/client-hello.ts';
import { outsideAddress } from '../../../support/gateway.ts';

/** The proxy tunnels to no loopback address. */
const outside = outsideAddress();
const here = outside ?? '127.0.0.1';
/** Short, where waiting is what is tested. */
const SHORT_MS = 300;
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

/** A policy under which `a.example` is allowed, at any port that is given. */
function policy(claims: Partial<PolicyClaims> = {}, ...ports: number[]): RuleSet {
  const registries = ports.map((port) => ({ address: `a.example:${port}` }));
  const frame = { iss: 'https://hub.example', org: 'acme', revision: 1, iat: 1, exp: 2, enabled: true } as const;
  return compilePolicy({ ...frame, mode: 'enforce', registries, ...claims }, 1);
}

interface Played {
  proxy: RegistryProxy;
  rules: RuleSet;
  /** Hosts told as refused, or as what would have been. */
  told: string[];
  /** Sends raw bytes and keeps the connection. */
  ask(...parts: (string | Buffer)[]): { socket: Socket; said: () => Buffer; end: Promise<unknown> };
  /** Asks for a tunnel, and waits until it is open. */
  tunnel(port: number): Promise<{ socket: Socket; said: () => Buffer; end: Promise<unknown> }>;
}

/** A proxy in this process, for which every name is at `here`. */
async function playing(
  context: Partial<ProxyContext> = {},
  limits: Partial<typeof PROXY_LIMITS> = {},
): Promise<Played> {
  const told: string[] = [];
  const proxy = await openProxy(
    { host: '127.0.0.1', port: 0 },
    'portcullis-test',
    {
      decide: (host, port) => decide(played.rules, 'engine', host, port),
      denialSentence: (host) => `${host} is refused`,
      lookUp: async () => [{ address: here, family: 4 }],
      isKnownClient: () => true,
      noticeProbe: () => false,
      onAllowed: () => undefined,
      onDenied: (host, _port, { reason }) => told.push(`${host}: ${reason}`),
      upstreamProxy: null,
      ownListeners: () => [],
      // Its outside address stands for another machine.
      isOwnAddress: () => false,
      ...context,
    },
    { ...PROXY_LIMITS, ...limits },
  );
  cleanup.push(() => proxy[Symbol.asyncDispose]());
  const played: Played = {
    ...{ proxy, rules: openRules(), told },
    ask(...parts) {
      const socket = connect(proxy.address);
      cleanup.push(() => socket.destroy());
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', () => undefined);
      for (const part of parts) socket.write(part);
      return { socket, said: () => Buffer.concat(chunks), end: new Promise((gone) => socket.on('close', gone)) };
    },
    async tunnel(port) {
      const asked = played.ask(`CONNECT a.example:${port} HTTP/1.1\r\n\r\n`);
      await expect.poll(() => asked.said().toString()).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n$/s);
      return asked;
    },
  };
  return played;
}

/** A server of raw bytes: its port, and the connections that it has had. */
async function serving(onConnection: (socket: Socket) => void): Promise<{ port: number; seen: Socket[] }> {
  const seen: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    seen.push(socket.on('error', () => socket.destroy()));
    onConnection(socket);
  });
  server.listen(0, here);
  await once(server, 'listening');
  cleanup.push(() => {
    for (const socket of seen) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

/** Heard to have gone, by an end or a reset. */
const isGone = (socket: Socket | undefined): boolean => socket?.readableEnded === true || socket?.destroyed === true;
const silent = (): Promise<{ port: number; seen: Socket[] }> => serving((socket) => socket.resume());
const echoing = (): Promise<{ port: number; seen: Socket[] }> => serving((socket) => socket.pipe(socket));
/** Answers each connection's first bytes with these, and ends. */
const answering = (answer: string): Promise<{ port: number; seen: Socket[] }> =>
  serving((socket) => socket.once('data', () => socket.end(Buffer.from(answer, 'latin1'))));
const get = (port: number, ...headers: string[]): string =>
  [`GET http://a.example:${port}/ HTTP/1.1`, 'Host: a.example', ...headers, '', ''].join('\r\n');

describe.skipIf(outside === null)('the registry proxy does not wait for ever', () => {
  it('for a client that connects and says nothing', async () => {
    const { ask } = await playing({}, { head: SHORT_MS });
    await ask().end;
  });

  it('for a client whose next request begins and does not end', async () => {
    const { port } = await answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const { proxy, ask } = await playing({}, { head: SHORT_MS, keepAlive: SHORT_MS });
    const { socket, said, end } = ask(get(port));
    await expect.poll(() => said().toString()).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
    socket.write('GET http://a.example/ HTTP/1.1\r\nX-Slow:');
    await end;
    expect(said().toString()).toMatch(/okHTTP\/1\.1 408 /);
    expect(proxy.counters()).toMatchObject({ open: 0, malformed: 1 });
  });

  it('for heads alone: an answer may take longer', async () => {
    const { port, seen } = await silent();
    const { proxy, ask } = await playing({}, { head: SHORT_MS, keepAlive: SHORT_MS });
    const slow = ask(get(port));
    await expect.poll(() => seen.length).toBe(1);
    // Comes later, and has waited for its whole time.
    await ask().end;
    expect(proxy.counters()).toMatchObject({ open: 1, malformed: 1 });
    seen[0]?.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await expect.poll(() => slow.said().toString()).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
  });

  it.each([
    ['a tunnel', 'CONNECT a.example:443 HTTP/1.1\r\n\r\n'],
    ['a plain request', get(80)],
  ])('for a resolver, with %s', async (_what, request) => {
    const { proxy, ask } = await playing({ lookUp: () => new Promise(() => undefined) }, { connect: SHORT_MS });
    const { said, end } = ask(request);
    await end;
    expect(said().toString()).toMatch(
      /^HTTP\/1\.1 502 a\.example is allowed, but could not be reached: no answer in time/,
    );
    expect(proxy.counters().open).toBe(0);
  });

  it('for an upstream proxy that takes the question and says nothing', async () => {
    const { port } = await silent();
    const upstreamProxy = { host: here, port, except: [], authorization: null };
    const { said, end } = (await playing({ upstreamProxy }, { connect: SHORT_MS })).ask(
      'CONNECT a.example:443 HTTP/1.1\r\n\r\n',
    );
    await end;
    expect(said().toString()).toMatch(/^HTTP\/1\.1 502 .*no answer in time/);
  });

  it('for a server that takes a plain request and says nothing', async () => {
    const { port } = await silent();
    const { said, end } = (await playing({}, { plainIdle: SHORT_MS })).ask(get(port));
    await end;
    expect(said().toString()).toMatch(/^HTTP\/1\.1 502 .*no answer in time/);
  });

  it('for a client that does not read what it has asked for', async () => {
    const { port, seen } = await serving((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 30}\r\n\r\n`);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(2 ** 16)));
      };
      socket.on('drain', pour);
      pour();
    });
    const { proxy, ask } = await playing({}, { plainIdle: SHORT_MS });
    const { socket } = ask(get(port));
    socket.pause();
    await expect.poll(() => seen.length).toBe(1);
    await expect.poll(() => seen[0]?.destroyed).toBe(true);
    await expect.poll(() => proxy.counters().open).toBe(0);
  });

  it('for either end of a tunnel to go on', async () => {
    const { port, seen } = await echoing();
    const { tunnel } = await playing({}, { idle: SHORT_MS });
    const { socket, end } = await tunnel(port);
    socket.write('something');
    await end;
    await expect.poll(() => seen[0]?.destroyed).toBe(true);
  });

  it('for a server to end after its client has', async () => {
    const { port, seen } = await silent();
    const { proxy, tunnel } = await playing({}, { halfClosed: SHORT_MS });
    const { socket, end } = await tunnel(port);
    socket.end('last words');
    await end;
    expect(seen.length).toBe(1);
    expect(proxy.counters().open).toBe(0);
  });
});

describe.skipIf(outside === null)('a client of the registry proxy', () => {
  it('has four requests under way on one connection, however many it sends', async () => {
    const { port, seen } = await silent();
    const { proxy, ask } = await playing();
    const { said, end } = ask(get(port).repeat(40));
    await expect.poll(() => seen.length).toBe(4);
    for (const socket of seen) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
    await end;
    expect(
      said()
        .toString()
        .match(/^HTTP\/1\.1 \d+/gm),
    ).toEqual([...Array.from({ length: 4 }, () => 'HTTP/1.1 204'), 'HTTP/1.1 503']);
    expect(seen.length).toBe(4);
    expect(proxy.counters().open).toBe(0);
  });

  it('may ask one after the other, and then for a tunnel', async () => {
    const { port } = await answering('HTTP/1.1 204 No Content\r\n\r\n');
    const echo = await echoing();
    const { socket, said } = (await playing()).ask();
    for (let times = 1; times <= 6; times += 1) {
      socket.write(get(port));
      await expect.poll(() => said().toString().match(/ 204 /g)?.length).toBe(times);
    }
    socket.write(`CONNECT a.example:${echo.port} HTTP/1.1\r\n\r\nhello`);
    await expect.poll(() => said().toString()).toMatch(/ 200 Connection established\r\n\r\nhello$/);
  });

  it('gets no tunnel on a connection on which an answer is still to come', async () => {
    const { port, seen } = await silent();
    const echo = await echoing();
    const { said, end } = (await playing()).ask(get(port), `CONNECT a.example:${echo.port} HTTP/1.1\r\n\r\nhello`);
    await end;
    expect(said().length).toBe(0);
    expect(echo.seen.length).toBe(0);
    await expect.poll(() => seen.every(isGone)).toBe(true);
  });

  // One whose length counts no more would be read as two by the next server.
  it.each(['Content-Length: 40', 'Transfer-Encoding: chunked'])(
    'is refused with more than a hundred header lines, also where the last one is %s',
    async (last) => {
      const { port, seen } = await silent();
      const filling = Array.from({ length: 100 }, (_, index) => `X-${index}: y`);
      const { said, end } = (await playing()).ask(
        get(port, ...filling, last),
        'GET http://b.example/ HTTP/1.1\r\n\r\n',
      );
      await end;
      expect(said().toString()).toMatch(/^HTTP\/1\.1 431 /);
      expect(seen.length).toBe(0);
    },
  );

  it('is refused where its transfer coding would have to be undone here', async () => {
    const { port, seen } = await silent();
    const { said, end } = (await playing()).ask(get(port, 'Transfer-Encoding: gzip, chunked'), '3\r\nabc\r\n0\r\n\r\n');
    await end;
    expect(said().toString()).toMatch(/^HTTP\/1\.1 501 /);
    expect(seen.length).toBe(0);
  });

  it.each([
    ['changes to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
    ['has a status that there is not', 'HTTP/1.1 042 Odd\r\nContent-Length: 0\r\n\r\n'],
    [
      'has two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ],
    ['is coded in a way that would end here', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['is no HTTP', 'SSH-2.0-x\r\n'],
    ['ends at once', ''],
  ])('hears that it cannot be reached, of a server whose answer %s', async (_what, answer) => {
    const { port } = await answering(answer);
    const { proxy, ask } = await playing();
    const { said, end } = ask(get(port));
    await end;
    expect(said().toString()).toMatch(/^HTTP\/1\.1 502 a\.example is allowed, but could not be reached: /);
    expect(proxy.counters().open).toBe(0);
  });

  it('gets no answer that looks whole where its server broke off', async () => {
    const { port } = await answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab');
    const { said, end } = (await playing()).ask(get(port));
    await end;
    expect(said().toString()).toMatch(/^HTTP\/1\.1 200 /);
    expect(said().toString()).not.toMatch(/0\r\n\r\n$/);
  });

  it('reaches the one address of a name that it may, where another leads to loopback', async () => {
    const { port, seen } = await echoing();
    const lookUp: ProxyContext['lookUp'] = async () => [
      { address: '0:0:0:0:0:ffff:7f00:1', family: 6 },
      { address: '127.0.0.1', family: 4 },
      { address: here, family: 4 },
    ];
    await (await playing({ lookUp })).tunnel(port);
    expect(seen.length).toBe(1);
  });
});

describe.skipIf(outside === null)('a conversation with another host than the tunnel is for', () => {
  const stray = clientHello([serverName('b.example')]);
  const nameless = clientHello([]);

  it.each([
    ['another name', stray, ['b.example: not-in-policy']],
    ['no name', nameless, []],
  ])('is refused under a policy: %s', async (_what, hello, told) => {
    const { port, seen } = await echoing();
    const played = await playing();
    played.rules = policy({}, port);
    const { socket, said, end } = await played.tunnel(port);
    const before = said().length;
    socket.write(hello);
    await end;
    expect(said().subarray(before)).toEqual(ACCESS_DENIED);
    expect(seen[0]?.bytesRead).toBe(0);
    expect(played.told).toEqual(told);
  });

  it.each<[string, RuleSet, string[]]>([
    ['where nobody manages the machine', openRules(), []],
    ['where the glass is broken', openRules('break-glass'), []],
    ['where restrictions are off', policy({ enabled: false }), []],
    ['where they are only recorded, and is recorded', policy({ mode: 'audit' }), ['b.example: audit-only']],
  ])('is none of our business %s', async (_where, rules, told) => {
    const { port } = await echoing();
    const played = await playing();
    played.rules = rules;
    for (const hello of [stray, nameless]) {
      const { socket, said } = await played.tunnel(port);
      const before = said().length;
      socket.write(hello);
      await expect.poll(() => said().subarray(before)).toEqual(hello);
    }
    expect(played.told.filter((each) => each.startsWith('b.example'))).toEqual(told);
    expect(played.proxy.counters()).toMatchObject({ open: 2, denied: 0 });
  });

  it('ends with the first policy that restricts, though its host is allowed; the one that names its host stays open', async () => {
    const { port } = await echoing();
    const played = await playing();
    const isFronted = await played.tunnel(port);
    isFronted.socket.write(stray);
    const agrees = await played.tunnel(port);
    agrees.socket.write(clientHello([serverName('a.example')]));
    const plain = await played.tunnel(port);
    plain.socket.write('no TLS');
    await expect
      .poll(() => [isFronted, agrees, plain].every(({ said }) => !said().subarray(-2).equals(Buffer.from('\r\n'))))
      .toBe(true);
    played.rules = policy({}, port);
    played.proxy.reconsider();
    await isFronted.end;
    agrees.socket.write('more');
    await expect.poll(() => agrees.said().toString('latin1')).toMatch(/more$/);
    expect(played.proxy.counters().open).toBe(2);
  });
});

describe.skipIf(outside === null)('a plain request under way', () => {
  it('is cut when its host is taken out, and another one is not', async () => {
    const { port, seen } = await silent();
    const other = await silent();
    const played = await playing();
    const goes = played.ask(get(port));
    const stays = played.ask(get(other.port));
    await expect.poll(() => seen.length + other.seen.length).toBe(2);
    played.rules = policy({}, other.port);
    played.proxy.reconsider();
    await goes.end;
    await expect.poll(() => isGone(seen[0])).toBe(true);
    other.seen[0]?.end('HTTP/1.1 204 No Content\r\n\r\n');
    await expect.poll(() => stays.said().toString()).toMatch(/^HTTP\/1\.1 204 /);
  });
});

describe.skipIf(outside === null)('the connections of the registry proxy', () => {
  it('are bounded for each client: its longest idle one goes first, and those of others stay', async () => {
    const { port } = await echoing();
    const { proxy, tunnel } = await playing({}, { perClient: 8 });
    const from = (localAddress: string): Socket => {
      const socket = connect({ ...proxy.address, localAddress });
      cleanup.push(() => socket.destroy());
      return socket.on('error', () => undefined).resume();
    };
    const other = from('127.0.0.2');
    await once(other, 'connect');
    const busy = await tunnel(port);
    busy.socket.write('one');
    await expect.poll(() => busy.said().toString()).toMatch(/one$/);
    const idle: Socket[] = [];
    for (let each = 0; each < 40; each += 1) {
      const socket = from('127.0.0.1');
      idle.push(socket);
      await once(socket, 'connect');
      busy.socket.write('.');
      const soFar = new RegExp(`one\\.{${each + 1}}$`);
      await expect.poll(() => busy.said().toString(), { interval: 5 }).toMatch(soFar);
    }
    await expect.poll(() => idle.filter(isGone).length).toBe(40 - 7);
    expect(idle.slice(-7).some(isGone)).toBe(false);
    expect(isGone(other)).toBe(false);
    expect(isGone(busy.socket)).toBe(false);
    // An idle tunnel goes like any other connection.
    const late = await tunnel(port);
    for (let each = 0; each < 24; each += 1) await once(from('127.0.0.1'), 'connect');
    await late.end;
  });
});
