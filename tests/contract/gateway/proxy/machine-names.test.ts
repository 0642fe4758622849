import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startDnsStub } from '../../../support/dns-stub.ts';
import { outsideAddress, startGateway, type TestGateway, type TestGatewayOptions } from '../../../support/gateway.ts';
import { withFiles } from '../../../support/with-files.ts';

const outside = outsideAddress();
const isRoot = process.getuid?.() === 0;

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

async function started(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  cleanup.defer(() => gateway.stop());
  return gateway;
}

/** Says hello on the machine's outside address. */
async function greeter(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).end('hello'));
  cleanup.defer(() => {
    server.close();
  });
  server.listen(0, outside ?? '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe.runIf(isRoot && outside !== null)('a registry that only this machine knows by name', () => {
  const files = async (hosts: string, resolvConf: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-names-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    const paths = { '/etc/hosts': join(folder, 'hosts'), '/etc/resolv.conf': join(folder, 'resolv.conf') };
    await writeFile(paths['/etc/hosts'], hosts);
    await writeFile(paths['/etc/resolv.conf'], resolvConf);
    return (command: string[]) => withFiles(paths, command);
  };

  it('is reached by the hosts file and by the search list', async () => {
    const port = await greeter();
    // Of the machine's many loopback addresses one that nobody else uses: resolv.conf names no port.
    const resolver = `127.53.${(process.pid >> 8) & 255}.${1 + (process.pid & 127)}`;
    const upstream = await startDnsStub({ 'registry.corp.example': outside ?? '' }, resolver, 53);
    cleanup.defer(() => upstream.close());
    const gateway = await started({
      within: await files(
        `${outside} box alias.example\n`,
        `nameserver ${resolver}\nsearch lab.example corp.example\n`,
      ),
      config: { upstreams: 'system' },
    });
    const listed = ['box', 'alias.example', 'registry'];
    await gateway.program({ registries: listed.map((host) => ({ address: `${host}:${port}` })) });
    for (const host of listed) {
      const { status, socket } = await gateway.connect(`${host}:${port}`);
      socket.destroy();
      expect({ host, status }).toEqual({ host, status: 200 });
    }
    expect(upstream.asked.filter(({ type }) => type === 'A').map(({ name }) => name)).toEqual([
      'registry.lab.example',
      'registry.corp.example',
    ]);
    // A name that is not on the list is not even asked for.
    expect((await gateway.connect(`other:${port}`)).status).toBe(403);
    expect(upstream.asked.some(({ name }) => name.startsWith('other'))).toBe(false);
  });

  it('stays forbidden where its name leads to the machine itself', async () => {
    const gateway = await started({ within: await files('127.0.0.1 box\n169.254.169.254 cloud\n', '') });
    await gateway.program({ registries: [{ address: 'box:5000' }, { address: 'cloud:80' }] });
    for (const target of ['box:5000', 'cloud:80']) expect((await gateway.connect(target)).status).toBe(403);
    const explained = await gateway.control.call('explain', { host: 'box', view: 'engine', port: 5000 });
    expect(explained).toMatchObject({ allowed: false, reason: 'leads-back' });
  });
});

describe.runIf(outside !== null)("the gateway's own machine, by an address that others can reach", () => {
  it('is refused to every name, and reached where it is listed by that address', async () => {
    const port = await greeter();
    const upstream = await startDnsStub({ 'a.internal': outside ?? '', 'registry.acme.example': outside ?? '' });
    cleanup.defer(() => upstream.close());
    const gateway = await started({ isSameMachine: true, upstreams: [upstream.address] });
    const listed = ['a.internal', 'registry.acme.example', outside].map((host) => ({ address: `${host}:${port}` }));
    await gateway.program({ registries: listed });
    for (const host of ['a.internal', 'registry.acme.example']) {
      const { status, phrase } = await gateway.connect(`${host}:${port}`);
      expect(status).toBe(403);
      const explained = await gateway.control.call('explain', { host, view: 'engine', port });
      expect(explained).toMatchObject({ allowed: false, reason: 'leads-back' });
      expect(phrase).toBe(
        `${host} is blocked: it leads back to the gateway's own machine, ${outside}. To allow it, have it listed by that address.`,
      );
    }
    const { status, socket } = await gateway.connect(`${outside}:${port}`);
    socket.destroy();
    expect(status).toBe(200);
    const explained = await gateway.control.call('explain', { host: outside ?? '', view: 'engine', port });
    expect(explained).toMatchObject({ allowed: true });
    // Containers come by themselves, not through the proxy.
    const workload = await gateway.control.call('explain', { host: 'a.internal', view: 'workload', port });
    expect(workload).toMatchObject({ allowed: true });
  });
});

it('says that nobody answered where no resolver did, and never that there is no such name', async () => {
  const silent = await startDnsStub(() => null);
  cleanup.defer(() => silent.close());
  const failing = await startDnsStub(() => ({ flags: 2 }));
  cleanup.defer(() => failing.close());
  const gateway = await started({
    upstreams: [silent.address],
    config: { split: { 'corp.example': [failing.address] } },
  });
  const hosts = ['registry.acme.example', 'registry.corp.example'];
  await gateway.program({ registries: hosts.map((address) => ({ address })) });
  for (const host of hosts) {
    const { status, phrase } = await gateway.connect(`${host}:443`);
    expect(status).toBe(502);
    // That much is known, and it is said in time.
    const explained = await gateway.control.call('explain', { host, view: 'engine' });
    expect(explained).toMatchObject({ allowed: true });
    expect(phrase).toBe(
      `${host} is allowed, but no DNS server answered when asked for its address. Check your network.`,
    );
  }
});
