import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchangeTcp, exchangeUdp, question } from '../../support/dns-client.ts';
import { startDnsStub } from '../../support/dns-stub.ts';
import { freePort } from '../../support/free-port.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type NotifyReceiver, openNotifyReceiver } from '../../support/notify-receiver.ts';

/** Longer than any start takes: whoever asks meanwhile waits. */
const PATIENCE = 60_000;

// How systemd does it is seen where the package is upgraded in use: tests/install/deb.test.ts.
describe.runIf(process.platform === 'linux')('a gateway that is replaced by its successor', () => {
  let folder: string;
  let gateway: TestGateway | undefined;
  let manager: NotifyReceiver | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-kept-'));
  });
  afterEach(async () => {
    await gateway?.stop();
    manager?.close();
    gateway = undefined;
    manager = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  /** Started by a manager that hands over what it keeps. @param change what the manager hands over instead */
  async function start(
    workers: number,
    change = (kept: { name: string; fd: number }[]) => kept,
    upstreams: string[] = [],
  ) {
    const name = join(folder, 'notify');
    const receiver = await openNotifyReceiver(name);
    if (receiver === null) throw new Error('koffi is not installed');
    manager = receiver;
    const [dns, proxy] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const handed = () => change(receiver.store());
    const started = await startGateway({
      upstreams,
      config: { workers, dns: { engine: [dns], workload: [] }, proxy: [proxy] },
      inherits: () => handed().map(({ fd }) => fd),
      within: (command) => [
        ...['sh', '-c', 'export LISTEN_PID=$$; exec "$@"', 'sh', 'env', `NOTIFY_SOCKET=${name}`],
        ...[
          `LISTEN_FDS=${handed().length}`,
          `LISTEN_FDNAMES=${handed()
            .map((each) => each.name)
            .join(':')}`,
        ],
        ...command,
      ],
    });
    gateway = started;
    const names = (): string[] => receiver.store().map((each) => each.name);
    return { gateway: started, manager: receiver, names, dns, proxy };
  }

  const namesOf = (dns: string, proxy: string, workers: number): string[] => [
    ...Array<string>(workers).fill(`udp-${dns.replace(':', '.')}`),
    ...Array<string>(workers).fill(`tcp-${dns.replace(':', '.')}`),
    `tcp-${proxy.replace(':', '.')}`,
  ];

  it.each([1, 2])('answers what was asked while nothing ran, with %d threads', async (workers) => {
    const { gateway: first, names, dns, proxy } = await start(workers);
    await first.program();
    expect(names()).toEqual(namesOf(dns, proxy, workers));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await first.halt(signal);
      const questions = Array.from({ length: 20 }, () => exchangeUdp(dns, question('gcr.io'), PATIENCE));
      const overTcp = exchangeTcp(dns, [question('gcr.io')], PATIENCE);
      const client = connect(Number(proxy.split(':')[1]), '127.0.0.1');
      client.write('CONNECT gcr.io:443 HTTP/1.1\r\nHost: gcr.io:443\r\n\r\n');
      const refusal = once(client, 'data');
      await once(client, 'connect');
      await first.start();
      // NXDOMAIN, by the policy that was in force before.
      for (const answer of await Promise.all(questions)) expect((answer?.[3] ?? 0) & 15).toBe(3);
      expect(((await overTcp)[0]?.[3] ?? 0) & 15).toBe(3);
      expect(String((await refusal)[0])).toMatch(/^HTTP\/1\.1 403 /);
      client.destroy();
      // Nothing is kept twice.
      expect(names()).toEqual(namesOf(dns, proxy, workers));
    }
  });

  it('waits for the answers of resolvers before it ends', async () => {
    const release = Promise.withResolvers<void>();
    const stub = await startDnsStub(async ({ name }) => {
      if (name === 'ghcr.io') await release.promise;
      return [{ type: 'A', name, ttl: 60, data: '10.1.1.1' }];
    });
    const { gateway: first, dns } = await start(2, undefined, [stub.address]);
    await first.program({ registries: [{ address: 'ghcr.io' }] });
    const asked = exchangeUdp(dns, question('ghcr.io'), PATIENCE);
    await expect.poll(() => stub.asked.some(({ name }) => name === 'ghcr.io')).toBe(true);
    const halted = first.halt();
    await expect.poll(() => first.log(), { interval: 5 }).toContain('stop requested');
    release.resolve();
    await halted;
    // By the one that has ended: nothing else runs.
    expect(((await asked)?.[3] ?? 15) & 15).toBe(0);
    await stub.close();
  });

  it('lets go of sockets of other addresses, and of a number of threads that it does not have', async () => {
    const { gateway: first, names, dns } = await start(2);
    const config = JSON.parse(await readFile(first.configFile, 'utf8'));
    const other = `127.0.0.1:${await freePort()}`;
    await first.halt();
    await writeFile(first.configFile, JSON.stringify({ ...config, proxy: [other] }));
    await first.start();
    expect(names().toSorted()).toEqual(namesOf(dns, other, 2).toSorted());
    await first.halt();
    await writeFile(first.configFile, JSON.stringify({ ...config, proxy: [other], workers: 1 }));
    await first.start();
    expect(names().toSorted()).toEqual(namesOf(dns, other, 1).toSorted());
    // With a socket left that nobody reads, every other question would be lost.
    for (let asked = 0; asked < 20; asked += 1) expect((await first.query('gcr.io')).rcode).toBe('NXDOMAIN');
  });

  it('takes nothing for what its name says', async () => {
    let isWrong = false;
    const {
      gateway: first,
      names,
      dns,
      proxy,
    } = await start(1, (kept) => {
      if (!isWrong) return kept;
      const [udp, tcp, ofProxy] = kept;
      if (udp === undefined || tcp === undefined || ofProxy === undefined) throw new Error('not three');
      // One address by the name of another, and a protocol by the name of another.
      return [
        { ...udp, fd: tcp.fd },
        { ...tcp, fd: udp.fd },
        { ...ofProxy, fd: tcp.fd },
      ];
    });
    await first.halt();
    isWrong = true;
    await first.start();
    expect((await first.query('gcr.io')).rcode).toBe('NXDOMAIN');
    expect((await first.connect('gcr.io:443')).status).toBe(403);
    expect(names().toSorted()).toEqual(namesOf(dns, proxy, 1).toSorted());
  });

  it('lets go of everything where it cannot start: nobody waits for what does not come', async () => {
    const { gateway: first, names } = await start(1);
    await first.halt();
    await writeFile(join(first.stateDir, '..', 'blocked'), '');
    const config = JSON.parse(await readFile(first.configFile, 'utf8'));
    await writeFile(first.configFile, JSON.stringify({ ...config, control: join(first.folder, 'blocked', 'x.sock') }));
    await expect(first.start()).rejects.toThrow(/exited/);
    expect(names()).toEqual([]);
  });
});

it('has a unit that keeps as many as there can be', async () => {
  const unit = await readFile(join(import.meta.dirname, '../../../build/portcullis-gateway.service'), 'utf8');
  expect(Number(/^FileDescriptorStoreMax=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(4 * availableParallelism() + 1);
});
