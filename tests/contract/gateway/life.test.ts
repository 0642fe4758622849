import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseSocketAddress } from '../../../main/platform/net/socket-address.ts';
import type { ControlEventData } from '../../../shared/schemas/control-schema.ts';
import { CLI } from '../../support/command-line.ts';
import { ask, edns, exchangeUdp, question } from '../../support/dns-client.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

describe('a gateway that cannot start', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-gw-'));
    await mkdir(join(folder, 'managed'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs it to its end; resolves with the exit code and what it says, without its log. */
  async function run(config: unknown): Promise<{ code: number; lines: string[] }> {
    const file = join(folder, 'gateway.json');
    await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
    const child = spawn(process.execPath, [CLI, 'gateway', 'run', '--config', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 150_000,
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = (await once(child, 'close')) as [number];
    return { code, lines: said.split('\n').filter((line) => line !== '' && !line.startsWith('{')) };
  }

  const config = (): Record<string, unknown> => ({
    stateDir: join(folder, 'state'),
    control: join(folder, 'run', 'control.sock'),
    dns: { engine: ['127.0.0.1:0'] },
    upstreams: [],
    allowFrom: ['127.0.0.0/8'],
    managedConfig: { folder: join(folder, 'managed') },
  });

  it('because a DNS port is in use says which and how to find out by whom, in one line', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    const address = `127.0.0.1:${other.address().port}`;
    try {
      const { code, lines } = await run({ ...config(), dns: { engine: [address] }, workers: 2 });
      expect(code).toBe(1);
      expect(lines).toEqual([
        expect.stringMatching(`^portcullis: ${address} is in use by another program\\. .*ss -lunpt`),
      ]);
    } finally {
      other.close();
    }
  });

  it('because the proxy port is in use says so', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    try {
      const { code, lines } = await run({ ...config(), proxy: [address] });
      expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining(`${address} is in use`)] });
    } finally {
      other.close();
    }
  });

  it.each<[string, () => Promise<Record<string, unknown> | string>, RegExp]>([
    [
      'its state folder cannot be made',
      async () => {
        await writeFile(join(folder, 'file'), '');
        return { ...config(), stateDir: join(folder, 'file', 'state') };
      },
      /Could not write to .*\/file\/state\./,
    ],
    [
      'others may write its state folder',
      async () => {
        await mkdir(join(folder, 'state'));
        await chmod(join(folder, 'state'), 0o777);
        return config();
      },
      /Other users can write to .* and could restore an old policy there/,
    ],
    [
      'others may write the folder of its control socket',
      async () => {
        await mkdir(join(folder, 'run'));
        await chmod(join(folder, 'run'), 0o777);
        return config();
      },
      /Other users could place a fake control socket/,
    ],
    [
      'the folder of its control socket is a link',
      async () => {
        await mkdir(join(folder, 'elsewhere'));
        await symlink(join(folder, 'elsewhere'), join(folder, 'run'));
        return config();
      },
      /Other users could place a fake control socket/,
    ],
    [
      'a file is in the place of its control socket',
      async () => {
        await mkdir(join(folder, 'run'));
        await writeFile(join(folder, 'run', 'control.sock'), 'precious');
        return config();
      },
      /control\.sock exists and is not a control socket of this gateway/,
    ],
    [
      'its control path is too long for a socket',
      async () => ({ ...config(), control: join(folder, 'x'.repeat(120)) }),
      /more than 107 bytes/,
    ],
    [
      'it does not have the address',
      async () => ({ ...config(), dns: { engine: ['203.0.113.7:53'] } }),
      /does not have the address 203\.0\.113\.7:53/,
    ],
    [
      'an address means all of them',
      async () => ({ ...config(), dns: { engine: ['0.0.0.0:53'] } }),
      /line 1, column \d+: "dns\.engine\[0\]" is a wildcard/,
    ],
    [
      'a setting is unknown',
      async () => ({ ...config(), allow: [] }),
      /line 1, column \d+: the file has no setting "allow"/,
    ],
    [
      'a block is none',
      async () => ({ ...config(), allowFrom: ['10.0.0.0/64'] }),
      /"10\.0\.0\.0\/64" in "allowFrom" is not a CIDR block/,
    ],
    ['its configuration is not JSON', async () => '{', /gateway\.json is not valid/],
  ])('because %s says so in one line', async (_why, prepare, sentence) => {
    const { code, lines } = await run(await prepare());
    expect(lines).toEqual([expect.stringMatching(sentence)]);
    expect(code).toBe(1);
  });

  it('without a configuration that exists says so, and with none shows its usage', async () => {
    await rm(folder, { recursive: true });
    const child = spawn(process.execPath, [CLI, 'gateway', 'run', '--config', '/nowhere.json'], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([1, null]);
    const bare = spawn(process.execPath, [CLI, 'gateway', 'run'], { stdio: 'ignore' });
    expect(await once(bare, 'exit')).toEqual([2, null]);
  });
});

describe('a running gateway', () => {
  let upstream: DnsStub;
  let gateway: TestGateway;
  beforeAll(async () => {
    upstream = await startDnsStub({ 'ghcr.io': '10.1.1.1', 'also.acme.example': '10.1.1.2' });
    gateway = await startGateway({ upstreams: [upstream.address], config: { workers: 2 } });
    await gateway.program({ revision: 1, registries: [{ address: 'ghcr.io' }] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  /** Events of one kind that reach a subscriber from now on. */
  async function events<E extends 'denial' | 'probe' | 'generation'>(event: E): Promise<ControlEventData<E>[]> {
    const control = await gateway.openControl();
    const seen: ControlEventData<E>[] = [];
    control.on(event, (data) => seen.push(data));
    await control.call('subscribe', {});
    return seen;
  }

  it('does not give way to a second one', async () => {
    const second = spawn(process.execPath, [CLI, 'gateway', 'run', '--config', gateway.configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    second.stderr.on('data', (chunk) => {
      said += chunk;
    });
    expect(await once(second, 'close')).toEqual([1, null]);
    expect(said).toContain('Another gateway is already running');
    expect((await gateway.status()).pid).toBe(gateway.pid);
  });

  it('stops in order, and leaves no socket behind', async () => {
    const other = await startGateway({ config: { workers: 2 } });
    try {
      const gone = other.control.closed;
      await other.halt('SIGTERM');
      await gone;
      await other.start();
      expect((await other.status()).problems).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it('tells a refused host once, by each wall, and explains it in the same words', async () => {
    const denials = await events('denial');
    for (let i = 0; i < 5; i += 1) await gateway.query('told-once.example');
    await gateway.connect('told-once.example:443');
    await gateway.connect('told-once.example:443');
    const told = (): unknown[] => denials.filter(({ host }) => host === 'told-once.example');
    await expect.poll(told).toHaveLength(2);
    expect(told()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ wall: 'dns', view: 'engine', reason: 'not-in-policy', refused: true }),
        expect.objectContaining({
          wall: 'proxy',
          view: 'engine',
          port: 443,
          reason: 'not-in-policy',
          refused: true,
          count: 1,
        }),
      ]),
    );
    const explained = await gateway.control.call('explain', { host: 'told-once.example', view: 'engine' });
    expect(explained).toMatchObject({ allowed: false, reason: 'not-in-policy' });
  });

  it('can tell afterwards what it refused, to who was not there', async () => {
    await gateway.query('told-later.example');
    await gateway.connect('told-later.example:443');
    await expect
      .poll(async () =>
        (await gateway.control.call('denials', {})).hosts.filter(({ host }) => host === 'told-later.example'),
      )
      .toEqual(
        expect.arrayContaining([
          expect.objectContaining({ wall: 'dns', view: 'engine', reason: 'not-in-policy', count: 1 }),
          expect.objectContaining({ wall: 'proxy', view: 'engine', reason: 'not-in-policy', count: 1 }),
        ]),
      );
    const { counts } = await gateway.control.call('denials', {});
    expect(counts).toContainEqual(expect.objectContaining({ wall: 'proxy', reason: 'not-in-policy', refused: true }));
  });

  it('refuses a probe at both walls, and tells which saw it under which generation', async () => {
    const probes = await events('probe');
    const nonce = 'a'.repeat(32);
    const { generation } = await gateway.status();
    expect((await gateway.query(`N${nonce}.probe.portcullis.internal`, { view: 'workload' })).rcode).toBe('NXDOMAIN');
    expect((await gateway.query(`n${nonce}.direct.probe.portcullis.internal`)).rcode).toBe('NXDOMAIN');
    expect((await gateway.connect(`n${nonce}.probe.portcullis.internal:443`)).status).toBe(403);
    await gateway.query('nothing-of-ours.probe.portcullis.internal');
    await expect.poll(() => probes.length).toBe(3);
    expect(probes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ nonce, wall: 'dns', view: 'workload', generation }),
        expect.objectContaining({ nonce, wall: 'dns', view: 'engine', generation }),
        expect.objectContaining({ nonce, wall: 'proxy', view: 'engine', generation }),
      ]),
    );
  });

  it('refuses a probe where nothing is restricted too', async () => {
    const open = await startGateway({ registry: null, settings: null, upstreams: [upstream.address] });
    try {
      const name = `n${'b'.repeat(32)}.probe.portcullis.internal`;
      expect((await open.status()).inForce.kind).toBe('open');
      expect((await open.query(name)).rcode).toBe('NXDOMAIN');
      expect((await open.query(name, { view: 'workload' })).rcode).toBe('NXDOMAIN');
      expect((await open.connect(`${name}:443`)).status).toBe(403);
    } finally {
      await open.stop();
    }
  });

  it('notes under audit what it would have refused, and lets it through', async () => {
    const audited = await startGateway({ upstreams: [upstream.address] });
    try {
      const denials: ControlEventData<'denial'>[] = [];
      audited.control.on('denial', (denial) => denials.push(denial));
      await audited.control.call('subscribe', {});
      await audited.program({ mode: 'audit' });
      expect((await audited.query('also.acme.example')).rcode).toBe('NOERROR');
      await expect
        .poll(() => denials)
        .toMatchObject([{ host: 'also.acme.example', reason: 'audit-only', refused: false }]);
    } finally {
      await audited.stop();
    }
  });

  it('goes on for others, whatever one peer says to its control socket', async () => {
    const said = [
      'hello\n',
      '{"jsonrpc":"2.0","id":1,"method":"program","params":{"policyFile":7}}\n',
      '{"jsonrpc":"2.0","id":1,"method":"__proto__"}\n',
      `${'x'.repeat(1024 * 1024 + 1)}\n`,
      Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
      '[[[[[[\n',
    ];
    for (const text of said) {
      const peer = connect(gateway.controlPath);
      peer.on('error', () => undefined);
      await new Promise<void>((resolve) => peer.write(text, () => resolve()));
      peer.destroy();
    }
    expect((await gateway.status()).pid).toBe(gateway.pid);
  });

  it('drops and counts random bytes on every port, and goes on', async () => {
    const { listeners, counters } = await gateway.status();
    const [server = ''] = listeners.dns.engine;
    const dns = parseSocketAddress(server);
    const proxy = parseSocketAddress(listeners.proxy[0] ?? '');
    let seed = 42;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const noise = (): Buffer => Buffer.from(Array.from({ length: 1 + random(600) }, () => random(256)));
    const udp = createSocket('udp4');
    for (let sent = 0; sent < 2000; sent += 1) {
      const bytes = noise();
      // Half of it with a header that says "a question", so that it gets further.
      if (sent % 2 === 0 && bytes.length > 12) bytes.set([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, random(3)], 0);
      await new Promise((resolve) => udp.send(bytes, dns.port, dns.host, resolve));
    }
    udp.close();
    for (let sent = 0; sent < 60; sent += 1) {
      const socket = connect(sent % 2 === 0 ? dns : proxy);
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.end(noise(), () => resolve()));
      socket.resume();
      socket.destroy();
    }
    await expect
      .poll(async () => (await gateway.status()).counters.dns.malformed)
      .toBeGreaterThan(counters.dns.malformed + 1000);
    expect((await gateway.query('ghcr.io')).rcode).toBe('NOERROR');
    expect((await gateway.connect('gcr.io:443')).status).toBe(403);
    expect(gateway.log()).not.toContain('unexpected');
  });

  it('loses no query while policies change under load, and judges each by one of them', async () => {
    const { listeners } = await gateway.status();
    const [server = ''] = listeners.dns.engine;
    let done = false;
    let asked = 0;
    const wrong: string[] = [];
    // By turns one of two names is allowed; "ghcr.io" always is.
    const client = async (): Promise<void> => {
      while (!done) {
        const [always, sometimes] = await Promise.all([
          ask(server, 'ghcr.io', { message: edns() }),
          exchangeUdp(server, question('also.acme.example')),
        ]);
        asked += 2;
        if (always.rcode !== 'NOERROR') wrong.push(`ghcr.io: ${always.rcode}`);
        if (sometimes === null) wrong.push('no answer');
      }
    };
    const clients = Array.from({ length: 8 }, client);
    const { generation } = await gateway.status();
    for (let revision = 10; revision < 30; revision += 1) {
      const registries = [{ address: 'ghcr.io' }, ...(revision % 2 ? [{ address: 'also.acme.example' }] : [])];
      await gateway.program({ revision, registries });
      const [answer] = await Promise.all([ask(server, 'also.acme.example')]);
      if (answer.rcode !== (revision % 2 ? 'NOERROR' : 'NXDOMAIN')) wrong.push(`${revision}: ${answer.rcode}`);
    }
    done = true;
    await Promise.all(clients);
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(100);
    expect((await gateway.status()).generation).toBe(generation + 20);
  });
});
