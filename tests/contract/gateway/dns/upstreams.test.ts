import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as packet from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway as startHere } from '../../../../main/gateway/gateway.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { GatewayConfig } from '../../../../shared/schemas/control-schema.ts';
import { CLI } from '../../../support/command-line.ts';
import { ask, edns, exchangeUdp, question } from '../../../support/dns-client.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../../../support/gateway.ts';
import { manualClock } from '../../../support/manual-clock.ts';

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

async function stub(...args: Parameters<typeof startDnsStub>): Promise<DnsStub> {
  const started = await startDnsStub(...args);
  cleanup.defer(() => started.close());
  return started;
}

/** On a machine that nobody manages: everything is passed on. */
async function gatewayWith(upstreams: DnsStub[], options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await startGateway({
    registry: null,
    upstreams: upstreams.map(({ address }) => address),
    ...options,
  });
  cleanup.defer(() => gateway.stop());
  return gateway;
}

describe('the cache', () => {
  it('asks an upstream once whatever the spelling, and gives each client its own spelling back', async () => {
    const upstream = await stub({ 'a.example': '10.0.0.1' });
    const gateway = await gatewayWith([upstream]);
    for (const name of ['a.example', 'A.eXample', 'a.EXAMPLE']) {
      const answer = await gateway.query(name);
      expect(answer).toMatchObject({ questions: [{ name }], answers: [{ data: '10.0.0.1' }] });
      expect(answer.id).not.toBe(0);
    }
    expect(upstream.asked).toHaveLength(1);
  });

  it('asks once for equal questions that come while the first is in flight', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = await stub(async ({ name }) => {
      arrived.resolve();
      await release.promise;
      return [{ type: 'A', name, ttl: 0, data: '10.0.0.1' }];
    });
    const gateway = await gatewayWith([slow]);
    const [server = ''] = (await gateway.status()).listeners.dns.engine;
    const answers = Array.from({ length: 20 }, () => ask(server, 'a.example'));
    await arrived.promise;
    // What is asked after the others, and answered, has been read after them.
    expect((await ask(server, 'n.probe.portcullis.internal')).rcode).toBe('NXDOMAIN');
    release.resolve();
    for (const answer of await Promise.all(answers)) expect(answer.answers).toMatchObject([{ data: '10.0.0.1' }]);
    expect(slow.asked).toHaveLength(1);
  });

  it('asks separately what may be answered differently', async () => {
    const upstream = await stub({ 'a.example': '10.0.0.1' });
    const gateway = await gatewayWith([upstream]);
    await gateway.query('a.example');
    await gateway.query('a.example', { type: 'AAAA' });
    await gateway.query('a.example', { message: edns() });
    await gateway.query('a.example', { message: edns(1232, packet.DNSSEC_OK) });
    await gateway.query('a.example', { message: { flags: packet.RECURSION_DESIRED | packet.CHECKING_DISABLED } });
    expect(upstream.asked).toHaveLength(5);
  });

  it('keeps "no such name" for as long as its SOA says, and not at all without one', async () => {
    const upstream = await stub(({ name }) => ({
      flags: 3,
      authorities: name.startsWith('with.')
        ? [
            {
              type: 'SOA',
              name: 'example',
              ttl: 60,
              data: { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 },
            },
          ]
        : [],
    }));
    const gateway = await gatewayWith([upstream]);
    for (let times = 0; times < 3; times += 1) {
      expect((await gateway.query('with.example')).rcode).toBe('NXDOMAIN');
      expect((await gateway.query('without.example')).rcode).toBe('NXDOMAIN');
    }
    expect(upstream.asked.filter(({ name }) => name === 'with.example')).toHaveLength(1);
    expect(upstream.asked.filter(({ name }) => name === 'without.example')).toHaveLength(3);
  });

  it('does not outlive a policy: a name that is blocked now is blocked, whatever is cached', async () => {
    const upstream = await stub({ 'a.example': '10.0.0.1' });
    const gateway = await gatewayWith([upstream], { registry: ['acme'] });
    await gateway.program({ revision: 1, registries: [{ address: 'a.example' }] });
    expect((await gateway.query('a.example')).rcode).toBe('NOERROR');
    await gateway.program({ revision: 2, registries: [{ address: 'b.example' }] });
    expect((await gateway.query('a.example')).rcode).toBe('NXDOMAIN');
  });
});

describe('a question that is in flight when the policy changes', () => {
  it('is answered by the policy in force when its answer comes, whoever else waits for it', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = await stub(async ({ name }) => {
      arrived.resolve();
      await release.promise;
      return [{ type: 'A', name, ttl: 60, data: '10.0.0.1' }];
    });
    const gateway = await gatewayWith([slow], { registry: ['acme'] });
    await gateway.program({ revision: 1, registries: [{ address: 'a.example' }, { address: 'b.example' }] });
    const { engine, workload } = (await gateway.status()).listeners.dns;
    const same = { message: edns() };
    const refused = ask(engine[0] ?? '', 'a.example', same);
    const others = [ask(engine[0] ?? '', 'b.example'), ask(workload[0] ?? '', 'a.example', { tcp: true, ...same })];
    await arrived.promise;
    // What is asked after them, and answered, has been read after them.
    for (const server of [engine[0] ?? '', workload[0] ?? '']) await ask(server, 'n.probe.portcullis.internal');
    await ask(workload[0] ?? '', 'n.probe.portcullis.internal', { tcp: true });
    await gateway.program({ revision: 2, registries: [{ address: 'b.example' }] });
    release.resolve();
    expect(await refused).toMatchObject({ rcode: 'NXDOMAIN', answers: [], additionals: [{ type: 'OPT' }] });
    for (const { rcode } of await Promise.all(others)) expect(rcode).not.toBe('NXDOMAIN');
    const told = async (): Promise<string[]> =>
      (await gateway.control.call('denials', {})).hosts.map(({ host }) => host);
    await expect.poll(told).toContain('a.example');
  });
});

describe('what an upstream answers', () => {
  /** 1232 bytes, version 0, DO, no options. */
  const OWN_OPT = Buffer.from('00002904d0000080000000', 'hex');
  /** One question of this type; the record's owner is a pointer to it. */
  const asking = (type: number): Buffer => {
    const bytes = question('Svc.Allowed.example', 'A', edns(1232, packet.DNSSEC_OK));
    bytes.writeUInt16BE(type, bytes.indexOf(Buffer.from([7, ...Buffer.from('example')])) + 9);
    return bytes;
  };

  it.each([
    ['SRV (RFC 2782), its target another host', 33, '0001000a01bb05656c73657705656c73650000'],
    ['HTTPS (RFC 9460) with an alias and hints', 65, '0001000001000302683200040004c0000201'],
    ['SVCB (RFC 9460)', 64, '0000037376630765786d61706c6500'],
    ['RRSIG (RFC 4034)', 46, '0001080200000e10ffffffff00000000303900'],
    ['a type that nobody knows (RFC 3597), with data like a pointer and like a TTL', 65280, 'c00cc00cffffffff'],
  ])('is returned byte for byte: %s', async (_what, type, data) => {
    const rdata = Buffer.from(data, 'hex');
    const upstream = await stub((_asked, { bytes }) => {
      const end = bytes.indexOf(Buffer.from([0, type >> 8, type & 0xff, 0, 1]), 12) + 5;
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(30, 6);
      record.writeUInt16BE(rdata.length, 10);
      const header = Buffer.from('000081a00001000100000000', 'hex');
      return Buffer.concat([header, bytes.subarray(12, end), record, rdata]);
    });
    const gateway = await gatewayWith([upstream], { registry: ['acme'] });
    await gateway.program({ registries: [{ address: '*.allowed.example' }] });
    const { engine } = (await gateway.status()).listeners.dns;
    const asked = asking(type);
    const [first, again] = [await exchangeUdp(engine[0] ?? '', asked), await exchangeUdp(engine[0] ?? '', asked)];
    for (const answer of [first, again]) {
      expect(answer?.subarray(0, 2)).toEqual(asked.subarray(0, 2));
      // AD of an upstream that has validated, and the question as it was spelled.
      expect(answer?.readUInt16BE(2)).toBe(0x81a0);
      expect(answer?.includes(Buffer.from('Svc'))).toBe(true);
      expect(answer?.subarray(-rdata.length - OWN_OPT.length, -OWN_OPT.length)).toEqual(rdata);
      expect(answer?.subarray(-OWN_OPT.length)).toEqual(OWN_OPT);
    }
    expect(upstream.asked).toHaveLength(1);
  });
});

describe('EDNS is for one hop (RFC 6891 section 6.1.1):', () => {
  const address = (name: string): packet.Answer => ({ type: 'A', name, ttl: 60, data: '10.0.0.1' });

  it('a client that sent OPT gets ours, and one that sent none gets none, whatever the upstream does', async () => {
    const cookie = { code: 10, data: Buffer.from('0123456789abcdef', 'hex') };
    const [opt] = edns(4096).additionals ?? [];
    const additionals = [{ ...opt, options: [cookie] } as unknown as packet.Answer];
    const upstream = await stub(({ name }) => ({
      answers: [address(name)],
      additionals: name.startsWith('opt.') ? additionals : [],
    }));
    const gateway = await gatewayWith([upstream]);
    for (const name of ['opt.example', 'none.example']) {
      // Then from the cache.
      for (let times = 0; times < 2; times += 1) {
        const plain = await gateway.query(name);
        expect(plain).toMatchObject({ answers: [{ data: '10.0.0.1' }], additionals: [] });
        const answer = await gateway.query(name, { message: edns(4096, packet.DNSSEC_OK) });
        expect(answer.answers).toMatchObject([{ data: '10.0.0.1' }]);
        expect(answer.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, flag_do: true, options: [] }]);
      }
    }
    expect(upstream.asked).toHaveLength(4);
  });

  it('an upstream that does not know EDNS is asked without', async () => {
    const upstream = await stub(({ name }, { bytes }) =>
      packet.decode(bytes).additionals?.length ? { flags: name.startsWith('a.') ? 1 : 4 } : [address(name)],
    );
    const gateway = await gatewayWith([upstream]);
    for (const name of ['a.example', 'b.example']) {
      const answer = await gateway.query(name, { message: edns() });
      expect(answer).toMatchObject({
        rcode: 'NOERROR',
        answers: [{ data: '10.0.0.1' }],
        additionals: [{ type: 'OPT' }],
      });
    }
    // Remembered: the second name is asked without at once.
    expect(upstream.asked.filter(({ name }) => name.endsWith('.example'))).toHaveLength(3);
  });

  it("a client gets an upstream's extended errors, but not its objections to our OPT", async () => {
    const [opt] = edns().additionals ?? [];
    const dnssecBogus = { code: 15, data: Buffer.from('0006626f677573', 'hex') };
    const upstream = await stub(({ name }) =>
      name.startsWith('version.')
        ? { answers: [], additionals: [{ ...opt, extendedRcode: 1 } as packet.Answer] }
        : { flags: 2, additionals: [{ ...opt, options: [dnssecBogus] } as unknown as packet.Answer] },
    );
    const gateway = await gatewayWith([upstream]);
    const failed = await gateway.query('version.example', { message: edns() });
    expect(failed).toMatchObject({ rcode: 'SERVFAIL', additionals: [{ type: 'OPT', extendedRcode: 0 }] });
    const bogus = await gateway.query('bogus.example', { message: edns() });
    expect(bogus.rcode).toBe('SERVFAIL');
    expect(bogus.bytes.includes(dnssecBogus.data)).toBe(true);
  });
});

describe('a forged answer', () => {
  it.each<[string, (forged: Buffer) => void, 'upstream' | 'another']>([
    ['from another sender', () => undefined, 'another'],
    ['with another id', (forged) => forged.writeUInt16BE(forged.readUInt16BE(0) ^ 1, 0), 'upstream'],
    ['to another question', (forged) => forged.writeUInt8('z'.charCodeAt(0), 13), 'upstream'],
    ['that is a question', (forged) => forged.writeUInt16BE(0x0100, 2), 'upstream'],
  ])('%s is ignored, even if it comes first', async (_what, forge, sender) => {
    const [upstream, another] = [createSocket('udp4'), createSocket('udp4')];
    cleanup.defer(() => {
      upstream.close();
      another.close();
    });
    for (const socket of [upstream, another]) await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
    const answerTo = (asked: Buffer, address: string): Buffer => {
      const { id, questions = [] } = packet.decode(asked);
      const [{ name } = { name: '' }] = questions;
      const answers: packet.Answer[] = [{ type: 'A', name, ttl: 60, data: address }];
      return packet.encode({ type: 'response', id: id ?? 0, questions, answers });
    };
    let forgeries = 0;
    upstream.on('message', (asked, { port }) => {
      const forged = answerTo(asked, '10.6.6.6');
      forge(forged);
      forgeries += 1;
      (sender === 'upstream' ? upstream : another).send(forged, port, '127.0.0.1', () =>
        upstream.send(answerTo(asked, '10.0.0.1'), port, '127.0.0.1'),
      );
    });
    const gateway = await startGateway({ registry: null, upstreams: [`127.0.0.1:${upstream.address().port}`] });
    cleanup.defer(() => gateway.stop());
    expect((await gateway.query('a.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
    expect(forgeries).toBe(1);
  });
});

describe('domains with resolvers of their own', () => {
  it('use those and no others, the longest domain first', async () => {
    const general = await stub({ 'www.example': '10.0.0.1' });
    const corp = await stub({ 'corp.example': '10.0.0.2', 'x.corp.example': '10.0.0.3' });
    const lab = await stub({ 'x.lab.corp.example': '10.0.0.4' });
    const gateway = await gatewayWith([general], {
      config: { split: { 'Corp.Example.': [corp.address], 'lab.corp.example': [lab.address] } },
    });
    const first = async (name: string): Promise<unknown> => (await gateway.query(name)).answers?.[0];
    expect(await first('www.example')).toMatchObject({ data: '10.0.0.1' });
    expect(await first('CORP.example')).toMatchObject({ data: '10.0.0.2' });
    expect(await first('x.corp.example')).toMatchObject({ data: '10.0.0.3' });
    expect(await first('x.lab.corp.example')).toMatchObject({ data: '10.0.0.4' });
    expect((await gateway.query('notcorp.example')).rcode).toBe('NXDOMAIN');
    expect(general.asked.map(({ name }) => name)).toEqual(['www.example', 'notcorp.example']);
  });

  it('fail where their resolver fails, and are never sent to the general one', async () => {
    const general = await stub({ 'x.corp.example': '10.6.6.6' });
    const failing = await stub(() => ({ flags: 2 }));
    const gateway = await gatewayWith([general], { config: { split: { 'corp.example': [failing.address] } } });
    expect((await gateway.query('x.corp.example')).rcode).toBe('SERVFAIL');
    expect(general.asked).toEqual([]);
  });
});

describe('an upstream that is silent', () => {
  it('does not delay every question, and is used again when it answers', async () => {
    let dead = true;
    const first = await stub(({ name }) => (dead ? null : [{ type: 'A', name, ttl: 0, data: '10.0.0.1' }]));
    const second = await stub(({ name }) => [{ type: 'A', name, ttl: 0, data: '10.0.0.2' }]);
    const gateway = await gatewayWith([first, second]);
    expect((await gateway.query('a.example')).answers).toMatchObject([{ data: '10.0.0.2' }]);
    for (let i = 0; i < 20; i += 1) await gateway.query(`${i}.example`);
    expect(first.asked.filter(({ name }) => name.endsWith('.example'))).toHaveLength(1);
    dead = false;
    // Found out by a question of the gateway's own, with no client waiting for it.
    await expect.poll(async () => (await gateway.query('b.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
  });
});

/** What real ones do: firewalls that drop what they do not know, home routers, old servers, slow lines. */
describe('an upstream with a habit of its own', () => {
  const answer = (name: string, data = '10.0.0.1'): packet.Answer[] => [{ type: 'A', name, ttl: 0, data }];
  const hasOpt = (bytes: Buffer): boolean => packet.decode(bytes).additionals?.length === 1;
  const asked = (upstream: DnsStub) => upstream.asked.filter(({ name }) => name.endsWith('.example'));
  const health = async (gateway: TestGateway) => (await gateway.status()).upstreams[0];

  it('that drops every question with EDNS is asked without, told in the status, and asked with it again later', async () => {
    let drops = true;
    const upstream = await stub(({ name }, { bytes }) => (drops && hasOpt(bytes) ? null : answer(name)));
    const gateway = await gatewayWith([upstream]);
    const first = await gateway.query('a.example', { message: edns() });
    expect(first).toMatchObject({ answers: [{ data: '10.0.0.1' }], additionals: [{ type: 'OPT' }] });
    await expect
      .poll(() => health(gateway))
      .toMatchObject({ state: 'no-edns', lastError: { text: 'EDNS: no answer' } });
    const before = asked(upstream).length;
    for (let i = 0; i < 20; i += 1) {
      const message = edns(1232, packet.DNSSEC_OK);
      expect((await gateway.query(`${i}.example`, { message })).answers).toMatchObject([{ data: '10.0.0.1' }]);
    }
    const later = asked(upstream).slice(before);
    expect(later).toHaveLength(20);
    expect(later.every(({ bytes }) => !hasOpt(bytes))).toBe(true);
    drops = false;
    await expect.poll(async () => (await health(gateway))?.state).toBe('answering');
    await gateway.query('again.example', { message: edns() });
    expect(
      asked(upstream)
        .map(({ bytes }) => hasOpt(bytes))
        .at(-1),
    ).toBe(true);
  });

  it('that loses one question is not taken for one that drops EDNS', async () => {
    let lost = 0;
    const upstream = await stub(({ name }) => {
      if (name !== 'a.example' || lost > 0) return answer(name);
      lost += 1;
      return null;
    });
    const gateway = await gatewayWith([upstream]);
    expect((await gateway.query('a.example', { message: edns() })).answers).toMatchObject([{ data: '10.0.0.1' }]);
    await expect.poll(async () => (await health(gateway))?.state).toBe('answering');
    await gateway.query('b.example', { message: edns() });
    expect(
      asked(upstream)
        .map(({ bytes }) => hasOpt(bytes))
        .at(-1),
    ).toBe(true);
    expect(gateway.log()).not.toContain('no-edns');
  });

  it('that answers FORMERR without a question is asked without EDNS', async () => {
    const upstream = await stub(({ name }, { bytes }) =>
      hasOpt(bytes) ? Buffer.from('000081810000000000000000', 'hex') : answer(name),
    );
    const gateway = await gatewayWith([upstream]);
    expect((await gateway.query('a.example', { message: edns() })).answers).toMatchObject([{ data: '10.0.0.1' }]);
    await expect
      .poll(() => health(gateway))
      .toMatchObject({ state: 'no-edns', lastError: { text: 'EDNS: answered FORMERR or NOTIMP' } });
  });

  it.each<['UDP' | 'TCP']>([['UDP'], ['TCP']])('that needs 2 s over %s has its answers used', async (over) => {
    const timers = new Set<NodeJS.Timeout>();
    cleanup.defer(() => timers.forEach(clearTimeout));
    const upstream = await stub(({ name }, { tcp }) => {
      if (tcp !== (over === 'TCP')) return null;
      return new Promise((resolve) => timers.add(setTimeout(() => resolve(answer(name)), 2_000)));
    });
    const gateway = await gatewayWith([upstream]);
    for (const name of ['a.example', 'b.example']) {
      expect((await gateway.query(name, { message: edns() })).answers).toMatchObject([{ data: '10.0.0.1' }]);
    }
    await expect
      .poll(() => health(gateway))
      .toMatchObject({ state: 'slow', lastError: { text: 'answered after more than 1.5 s' } });
  });

  it('that is slow is asked last', async () => {
    const timers = new Set<NodeJS.Timeout>();
    cleanup.defer(() => timers.forEach(clearTimeout));
    const slow = await stub(
      ({ name }) => new Promise((resolve) => timers.add(setTimeout(() => resolve(answer(name, '10.0.0.2')), 2_000))),
    );
    const quick = await stub(({ name }) => answer(name));
    const gateway = await gatewayWith([slow, quick]);
    expect((await gateway.query('a.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
    await expect.poll(async () => (await health(gateway))?.state).toBe('slow');
    for (let i = 0; i < 10; i += 1) await gateway.query(`${i}.example`);
    expect(asked(slow)).toHaveLength(1);
  });

  it.each(['SVCB', 'HTTPS', 'DNSKEY'] as const)('that leaves %s unanswered is not taken for silent', async (type) => {
    const code = { SVCB: 64, HTTPS: 65, DNSKEY: 48 }[type];
    const upstream = await stub(({ name }, { bytes }) => {
      const end = bytes.indexOf(Buffer.from('\x07example\0', 'latin1')) + 9;
      return name.endsWith('.example') && bytes.readUInt16BE(end) === code ? null : answer(name);
    });
    const gateway = await gatewayWith([upstream]);
    const message = question('odd.example', 'A', edns());
    message.writeUInt16BE(code, message.indexOf(Buffer.from('\x07example\0', 'latin1')) + 9);
    const odd = exchangeUdp((await gateway.status()).listeners.dns.engine[0] ?? '', message);
    await expect.poll(() => asked(upstream).length).toBeGreaterThan(0);
    await gateway.query('while.example', { message: edns() });
    // Whatever comes of it: others go on as before.
    await odd.catch(() => null);
    const before = asked(upstream).length;
    await gateway.query('after.example', { message: edns() });
    expect(asked(upstream).slice(before)).toMatchObject([{ name: 'after.example', tcp: false }]);
    expect(
      asked(upstream)
        .map(({ bytes }) => hasOpt(bytes))
        .at(-1),
    ).toBe(true);
    expect((await health(gateway))?.state).toBe('answering');
  });

  it('that answers from another port is asked over TCP', async () => {
    const another = createSocket('udp4');
    cleanup.defer(() => {
      another.close();
    });
    await new Promise<void>((bound) => another.bind(0, '127.0.0.1', () => bound()));
    const upstream = await stub(({ name, type }, { tcp, bytes }) => {
      if (tcp) return answer(name);
      const { id = 0, questions = [] } = packet.decode(bytes);
      const forged = packet.encode({ type: 'response', id, questions, answers: answer(name, '10.6.6.6') });
      another.send(forged, upstream.asked.findLast((each) => each.name === name && each.type === type)?.fromPort);
      return null;
    });
    const gateway = await gatewayWith([upstream]);
    expect((await gateway.query('a.example', { message: edns() })).answers).toMatchObject([{ data: '10.0.0.1' }]);
    await expect.poll(async () => (await health(gateway))?.state).toBe('tcp-only');
  });

  it('that returns an error for a name leaves it to the next one', async () => {
    const first = await stub(() => ({ flags: 4 }));
    const second = await stub(({ name }) => answer(name));
    const gateway = await gatewayWith([first, second]);
    expect((await gateway.query('a.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
  });
});

describe('an upstream that UDP does not reach', () => {
  const answer = (name: string, data: string): packet.Answer[] => [{ type: 'A', name, ttl: 0, data }];

  it('is asked over TCP: the first question waits for UDP, the others use one open connection at once', async () => {
    const ports = new Set<number>();
    const upstream = await stub(({ name }, { tcp }) => (tcp ? answer(name, '10.0.0.1') : null));
    const gateway = await gatewayWith([upstream]);
    expect((await gateway.query('first.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
    for (let i = 0; i < 20; i += 1) {
      expect((await gateway.query(`${i}.example`)).answers).toMatchObject([{ data: '10.0.0.1' }]);
    }
    for (const { name, tcp, fromPort } of upstream.asked.filter((each) => /^\d/.test(each.name))) {
      expect({ name, tcp }).toEqual({ name, tcp: true });
      ports.add(fromPort);
    }
    // One at a time, so that one connection is enough; a second one may be there from the check.
    expect(ports.size).toBeLessThanOrEqual(2);
    await expect
      .poll(async () => (await gateway.status()).upstreams)
      .toMatchObject([{ state: 'tcp-only', lastError: { text: 'UDP: no answer in 1.5 s' } }]);
  });

  it('is asked first again, before the one after it, once TCP is known to work', async () => {
    const first = await stub(({ name }, { tcp }) => (tcp ? answer(name, '10.0.0.1') : null));
    const second = await stub(({ name }) => answer(name, '10.0.0.2'));
    const gateway = await gatewayWith([first, second]);
    expect((await gateway.query('a.example')).answers).toMatchObject([{ data: '10.0.0.2' }]);
    await expect.poll(async () => (await gateway.query('b.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
  });

  it('is asked over UDP again when that works', async () => {
    let shut = true;
    const upstream = await stub(({ name }, { tcp }) =>
      shut && !tcp ? null : answer(name, tcp ? '10.0.0.1' : '10.0.0.2'),
    );
    const gateway = await gatewayWith([upstream]);
    expect((await gateway.query('a.example')).answers).toMatchObject([{ data: '10.0.0.1' }]);
    shut = false;
    await expect.poll(async () => (await gateway.query('b.example')).answers).toMatchObject([{ data: '10.0.0.2' }]);
    expect((await gateway.status()).upstreams).toMatchObject([{ state: 'answering', lastError: { text: /UDP/ } }]);
  });

  it('may answer out of order over TCP, and may close the connection at any time', async () => {
    const release = Promise.withResolvers<void>();
    const upstream = await stub(async ({ name }, { tcp }) => {
      if (!tcp) return null;
      if (name.startsWith('slow')) await release.promise;
      return answer(name, name.startsWith('slow') ? '10.0.0.1' : '10.0.0.2');
    });
    const gateway = await gatewayWith([upstream]);
    await gateway.query('known.example');
    const names = ['slow1.example', 'slow2.example', 'slow3.example', 'slow4.example'];
    const slow = names.map((name) => gateway.query(name));
    const arrived = (): number =>
      new Set(upstream.asked.filter(({ tcp, name }) => tcp && name.startsWith('slow')).map(({ name }) => name)).size;
    await expect.poll(arrived, { interval: 20 }).toBe(4);
    expect((await gateway.query('quick.example')).answers).toMatchObject([{ data: '10.0.0.2' }]);
    // Those that wait on the connections that had answered are asked again, on others.
    release.resolve();
    upstream.hangUp();
    await Promise.all(slow);
    // By the client where a slow machine has used up the gateway's tries meanwhile.
    for (const name of names) {
      const answers = async (): Promise<unknown> => (await gateway.query(name)).answers;
      await expect.poll(answers).toMatchObject([{ data: '10.0.0.1' }]);
    }
    expect((await gateway.query('later.example')).answers).toMatchObject([{ data: '10.0.0.2' }]);
  });
});

describe('the status of the gateway shows each upstream', () => {
  const states = async (gateway: TestGateway): Promise<unknown[]> =>
    (await gateway.status()).upstreams.map(({ domain, state }) => [domain, state]);

  it('in the order asked, with its domain, its state, since when, and its last error', async () => {
    let refuses = false;
    const general = await stub(({ name }) =>
      refuses ? { flags: 5 } : [{ type: 'A', name, ttl: 0, data: '10.0.0.1' }],
    );
    const corp = await stub(() => ({ flags: 2 }));
    const gateway = await gatewayWith([general], { config: { split: { 'corp.example': [corp.address] } } });
    const before = await gateway.status();
    expect(before.upstreams).toEqual([
      { address: general.address, domain: null, state: 'not-asked', since: before.startedAt, lastError: null },
      { address: corp.address, domain: 'corp.example', state: 'not-asked', since: before.startedAt, lastError: null },
    ]);
    await gateway.query('a.example');
    for (let i = 0; i < 8; i += 1) await gateway.query(`${i}.corp.example`);
    // One thread tells the other.
    await expect
      .poll(() => states(gateway))
      .toEqual([
        [null, 'answering'],
        ['corp.example', 'failing'],
      ]);
    expect((await gateway.status()).upstreams[1]?.lastError?.text).toBe('answered SERVFAIL');
    refuses = true;
    // A failure says something about a name, many of them in a row about the upstream.
    for (let i = 0; i < 7; i += 1) await gateway.query(`${i}.example`);
    expect((await states(gateway))[0]).toEqual([null, 'answering']);
    await gateway.query('7.example');
    const first = async (): Promise<unknown> => (await states(gateway))[0];
    await expect.poll(first).toEqual([null, 'failing']);
    refuses = false;
    await gateway.query('8.example');
    await expect.poll(first).toEqual([null, 'answering']);
    const [health] = (await gateway.status()).upstreams;
    expect(health?.lastError?.text).toBe('answered REFUSED');
    expect(health?.since).toBeGreaterThanOrEqual(health?.lastError?.at ?? Number.POSITIVE_INFINITY);
  });

  it('with at most one change a second: clients choose what is asked, and so what fails', async () => {
    const upstream = await stub(({ name }) =>
      name.startsWith('bad') ? { flags: 2 } : [{ type: 'A', name, ttl: 0, data: '10.0.0.1' }],
    );
    const gateway = await gatewayWith([upstream]);
    const started = performance.now();
    for (let times = 0; times < 30; times += 1) {
      for (let i = 0; i < 8; i += 1) await gateway.query(`bad${i}.example`);
      await gateway.query('good.example');
    }
    // All that was told has been by now, and the last of it is true.
    await expect.poll(() => states(gateway)).toEqual([[null, 'answering']]);
    const lines = gateway.log().match(/resolver changed state/g)?.length ?? 0;
    expect(lines).toBeLessThanOrEqual(2 + (performance.now() - started) / 1000);
  });

  it('also where nobody answers, and where long answers fail', async () => {
    const long = await stub(({ name }, { tcp }) =>
      tcp ? null : { flags: packet.TRUNCATED_RESPONSE, answers: [{ type: 'A', name, ttl: 0, data: '10.0.0.1' }] },
    );
    const gone = await startDnsStub({});
    await gone.close();
    const gateway = await gatewayWith([gone], { config: { split: { 'long.example': [long.address] } } });
    expect((await gateway.query('a.example')).rcode).toBe('SERVFAIL');
    // What there is: a part of the addresses is better than none.
    expect(await gateway.query('a.long.example')).toMatchObject({ flag_tc: true, answers: [{ data: '10.0.0.1' }] });
    await expect
      .poll(() => states(gateway))
      .toEqual([
        [null, 'silent'],
        ['long.example', 'udp-only'],
      ]);
    const [nobody, cut] = (await gateway.status()).upstreams;
    expect(nobody?.lastError?.text).toBe('UDP: ECONNREFUSED; TCP: ECONNREFUSED');
    expect(cut?.lastError?.text).toBe('TCP: no answer in 1.5 s');
  });
});

describe('portcullis gateway status', () => {
  const asked = (gateway: TestGateway, ...options: string[]): Promise<{ code: number; said: string }> =>
    promisify(execFile)(process.execPath, [CLI, 'gateway', 'status', '--config', gateway.configFile, ...options]).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      ({ code, stderr }) => ({ code, said: stderr }),
    );

  it('shows people and programs what is in force and the state of the resolvers, without an agent', async () => {
    const upstream = await stub({ 'a.example': '10.0.0.1' });
    const gone = await startDnsStub({});
    await gone.close();
    const gateway = await gatewayWith([upstream], {
      registry: ['acme'],
      config: { split: { 'corp.example': [gone.address] } },
    });
    await gateway.program({ revision: 7, registries: [{ address: 'a.example' }, { address: 'a.corp.example' }] });
    await gateway.query('a.example');
    await gateway.query('a.corp.example');
    const states = async (): Promise<string[]> => (await gateway.status()).upstreams.map(({ state }) => state);
    await expect.poll(states).toEqual(['answering', 'silent']);
    const { code, said } = await asked(gateway);
    expect(code).toBe(0);
    expect(said).toMatch(/^In force +revision 7 of acme$/m);
    expect(said).toMatch(new RegExp(`Resolver +${upstream.address} responds, `));
    expect(said).toMatch(
      new RegExp(`Resolver +${gone.address} for corp.example does not respond, .*UDP: ECONNREFUSED`),
    );
    expect(JSON.parse((await asked(gateway, '--json')).said)).toMatchObject({
      pid: gateway.pid,
      upstreams: [{ state: 'answering' }, { state: 'silent', domain: 'corp.example' }],
    });
    await gateway.halt();
    expect(await asked(gateway)).toMatchObject({
      code: 1,
      said: expect.stringContaining('The gateway is not running.'),
    });
  });
});

describe("the system's resolvers", () => {
  it('are followed while the gateway runs, without the gateway itself, and ignoring a file that is being written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-gw-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'managed'));
    const first = 'nameserver 192.0.2.1\n';
    const others = 'search acme.example\nnameserver 192.0.2.2\nnameserver 2001:db8::53\n';
    // Twice while it starts.
    const readings = [first, first, '', first, '', '', others];
    /** What was in use whenever it was read again. */
    const inUse: string[][] = [];
    let gateway: Gateway | null = null;
    const clock = manualClock();
    gateway = await startHere(
      GatewayConfig.parse({
        stateDir: join(folder, 'state'),
        control: join(folder, 'run', 'control.sock'),
        dns: { engine: ['127.0.0.1:0'] },
        allowFrom: ['127.0.0.0/8'],
        managedConfig: { folder: join(folder, 'managed') },
      }),
      {
        ...{ version: 'test', clock, log: silentLogger(), platform: process.platform, fail: expect.unreachable },
        hosts: async () => '',
        machineId: async () => null,
        accountSid: null,
        keepSockets: async () => null,
        resolvConf: {
          path: null,
          async read() {
            inUse.push(gateway?.status().upstreams.map(({ address }) => address) ?? []);
            return readings[inUse.length - 1] ?? others;
          },
        },
      },
    );
    cleanup.use(gateway);
    await expect
      .poll(() => {
        clock.advance(5_000);
        return inUse.length;
      })
      .toBeGreaterThan(7);
    const [one, two] = [['192.0.2.1:53'], ['192.0.2.2:53', '[2001:db8::53]:53']];
    expect(inUse.slice(2, 8)).toEqual([one, one, one, one, [], two]);
  });
});
