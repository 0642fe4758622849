import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseSocketAddress } from '../../../main/platform/net/socket-address.ts';
import { framed, question } from '../../support/dns-client.ts';
import { startDnsStub } from '../../support/dns-stub.ts';
import { startGateway, type TestGatewayOptions } from '../../support/gateway.ts';

const MIB = 1024;

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

async function gatewayWith(options: TestGatewayOptions = {}) {
  const gateway = await startGateway(options);
  cleanup.defer(() => gateway.stop());
  await gateway.program({ registries: [{ address: '*.allowed.example' }] });
  return gateway;
}

/** The most memory that the process has ever used, in KiB. */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** Clients that send `bytes` each, as far as they are read, and read nothing themselves. */
async function clientsThatDoNotRead(count: number, open: () => Socket, bytes: Buffer): Promise<() => number> {
  let gone = 0;
  for (let index = 0; index < count; index += 1) {
    const socket = open();
    cleanup.defer(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      gone += 1;
    });
    socket.pause();
    await once(socket, 'connect');
    socket.write(bytes);
  }
  return () => gone;
}

describe('clients that do not read', () => {
  it('what they ask of the control socket takes little memory, and others are answered meanwhile', async () => {
    const gateway = await gatewayWith();
    const label = 'x'.repeat(60);
    const hosts = Array.from({ length: 600 }, (_, index) => `${index}.${label}.${label}.${label}.example`);
    for (const host of hosts) await gateway.query(host);
    const denials = async (): Promise<string> => JSON.stringify((await gateway.control.call('denials', {})).hosts);
    await expect.poll(async () => (await denials()).length).toBeGreaterThan(100_000);
    const before = await peakMemory(gateway.pid);

    const line = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'denials' })}\n`;
    await clientsThatDoNotRead(120, () => connect(gateway.controlPath), Buffer.from(line.repeat(1000)));
    for (let round = 0; round < 20; round += 1) expect((await gateway.status()).pid).toBe(gateway.pid);
    expect((await denials()).length).toBeGreaterThan(100_000);

    const grown = (await peakMemory(gateway.pid)) - before;
    expect(grown).toBeLessThan(250 * MIB);
  });

  it('what they ask over DNS takes little memory', async () => {
    const text = Array.from({ length: 200 }, () => 'y'.repeat(250));
    const upstream = await startDnsStub(({ name }) => [{ type: 'TXT', name, ttl: 60, data: text }]);
    cleanup.defer(() => upstream.close());
    const gateway = await gatewayWith({ upstreams: [upstream.address] });
    const [server = ''] = (await gateway.status()).listeners.dns.engine;
    const asked = question('large.allowed.example', 'TXT');
    await gateway.query('large.allowed.example', { tcp: true, type: 'TXT' });
    const before = await peakMemory(gateway.pid);

    const many = Buffer.concat(Array.from({ length: 500 }, () => framed(asked)));
    await clientsThatDoNotRead(200, () => connect(parseSocketAddress(server)), many);
    // It has the address of the others, and so a share of their limits until all that they sent is answered.
    const asks = () => gateway.query('large.allowed.example', { tcp: true, type: 'TXT' }).catch(() => null);
    await expect.poll(asks, { timeout: 120_000 }).toMatchObject({ rcode: 'NOERROR' });

    const grown = (await peakMemory(gateway.pid)) - before;
    expect(grown).toBeLessThan(450 * MIB);
  });
});
