import { connect } from 'node:net';
import * as packet from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSocketAddress } from '../../../../main/platform/net/socket-address.ts';
import { ask, edns, exchangeTcp, exchangeUdp, extendedErrors, framed, question } from '../../../support/dns-client.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

const sequence = (length: number): string => 'x'.repeat(length);

describe('the DNS filter', () => {
  let upstream: DnsStub;
  let gateway: TestGateway;
  let engine: string;
  let workload: string;

  beforeAll(async () => {
    upstream = await startDnsStub(({ name, type }, { tcp }) => {
      const lower = name.toLowerCase();
      if (lower === 'alias.acme.example') {
        return [
          { type: 'CNAME', name, ttl: 3600, data: 'cdn.elsewhere.example' },
          { type: 'A', name: 'cdn.elsewhere.example', ttl: 7, data: '10.1.1.1' },
        ];
      }
      if (lower === 'silent.acme.example') return null;
      if (lower === 'slow.acme.example') return type === 'A' ? null : [];
      if (lower === 'broken.acme.example') return { flags: 2 };
      if (lower === 'gone.acme.example') return { flags: 3 };
      if (lower === 'large.acme.example') {
        const answers = ['a', 'b', 'c', 'd'].map((letter) => ({
          type: 'TXT' as const,
          name,
          ttl: 5,
          data: [Buffer.from(letter.repeat(250)), Buffer.from(sequence(250))],
        }));
        return tcp ? answers : { flags: packet.TRUNCATED_RESPONSE, answers: [] };
      }
      // More than any answer over UDP may have, whatever a client says that it can take.
      if (lower === 'huge.acme.example') {
        const data = Array.from({ length: 17 }, () => Buffer.from(sequence(250)));
        return tcp ? [{ type: 'TXT', name, ttl: 5, data }] : { flags: packet.TRUNCATED_RESPONSE, answers: [] };
      }
      if (lower === 'liar.acme.example') {
        return { questions: [{ name: 'other.acme.example', type: 'A', class: 'IN' }], answers: [] };
      }
      if (lower === 'shouting.acme.example') {
        return {
          questions: [{ name: name.toUpperCase(), type: 'A', class: 'IN' }],
          answers: [{ type: 'A', name, ttl: 5, data: '10.6.6.6' }],
        };
      }
      if (lower === 'cut.acme.example') return Buffer.from('000081800001000500000000', 'hex');
      return type === 'A' ? [{ type: 'A', name, ttl: 300, data: '10.1.2.3' }] : [];
    });
    gateway = await startGateway({ upstreams: [upstream.address], config: { workers: 2 } });
    const { listeners } = await gateway.status();
    engine = listeners.dns.engine[0] ?? '';
    workload = listeners.dns.workload[0] ?? '';
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('blocks every name until somebody has signed in, and says so', async () => {
    const answer = await ask(engine, 'registry.acme.example', { message: edns() });
    expect(answer.rcode).toBe('NXDOMAIN');
    expect(extendedErrors(answer)).toEqual([
      { code: 15, text: 'Blocked until you sign in to acme. [P-SIGN-IN sign-in-required]' },
    ]);
    expect(upstream.asked).toEqual([]);
  });

  describe('with a policy', () => {
    beforeAll(async () => {
      await gateway.program({
        revision: 7,
        contact: 'platform@acme.example',
        registries: [{ address: '*.acme.example' }, { address: 'ghcr.io' }, { address: 'Bücher.example' }],
      });
      upstream.asked.length = 0;
    });

    it.each(['A', 'AAAA', 'TXT', 'SRV', 'NULL', 'ANY', 'PTR'])(
      'answers %s of a blocked name with NXDOMAIN, and never forwards it',
      async (type) => {
        const name = `${type.toLowerCase()}.gcr.io`;
        const answer = await ask(engine, name, { type });
        expect(answer.rcode).toBe('NXDOMAIN');
        expect(answer.flag_aa).toBe(false);
        expect(answer.flag_ad).toBe(false);
        expect(answer.flag_ra).toBe(true);
        expect(answer.answers).toEqual([]);
        expect(answer.authorities).toMatchObject([{ type: 'SOA', name: '.', ttl: 2, data: { minimum: 2 } }]);
        expect(upstream.asked.map((asked) => asked.name)).not.toContain(name);
      },
    );

    it('says why in an extended error of at most 100 bytes, only where the client speaks EDNS', async () => {
      const [error] = extendedErrors(await ask(engine, 'gcr.io', { message: edns() }));
      expect(error?.code).toBe(15);
      expect(error?.text).toBe('Blocked by acme. To request access, contact platform@acme.example.');
      expect((await ask(engine, 'gcr.io')).additionals).toEqual([]);
    });

    it('shows the generation as the serial of its SOA', async () => {
      const { generation } = await gateway.status();
      expect((await ask(engine, 'gcr.io')).authorities).toMatchObject([{ data: { serial: generation } }]);
    });

    it('copies the spelling of the question, RD and CD into the answer to a blocked name', async () => {
      const bytes = question('GcR.iO', 'A', { flags: packet.CHECKING_DISABLED });
      const answer = await exchangeUdp(engine, bytes);
      expect(answer?.subarray(12, bytes.length)).toEqual(bytes.subarray(12));
      expect(packet.decode(answer ?? Buffer.alloc(0))).toMatchObject({ flag_rd: false, flag_cd: true });
    });

    it.each(['io', '', 'example', 'acme.example'])(
      'answers "%s", which lies above an allowed name, with no data instead of NXDOMAIN',
      async (name) => {
        const answer = await ask(engine, name);
        expect(answer.rcode).toBe('NOERROR');
        expect(answer.answers).toEqual([]);
        expect(answer.authorities).toMatchObject([{ type: 'SOA', name: '.' }]);
      },
    );

    it('forwards an allowed name, and returns the whole chain of aliases with no TTL above a minute', async () => {
      const answer = await ask(engine, 'Alias.acme.example', { message: edns() });
      expect(answer.answers).toMatchObject([
        { type: 'CNAME', ttl: 60, data: 'cdn.elsewhere.example' },
        { type: 'A', ttl: 7, data: '10.1.1.1' },
      ]);
      expect(answer.questions).toEqual([{ name: 'Alias.acme.example', type: 'A', class: 'IN' }]);
    });

    it('recognizes an internationalized name by its A-label', async () => {
      expect((await ask(engine, 'xn--bcher-kva.example')).answers).toMatchObject([{ data: '10.1.2.3' }]);
      expect((await ask(engine, 'bcher.example')).rcode).toBe('NXDOMAIN');
    });

    it('returns NXDOMAIN for a name of an allowed domain that does not exist, and SERVFAIL for one that fails', async () => {
      expect((await ask(engine, 'gone.acme.example')).rcode).toBe('NXDOMAIN');
      expect((await ask(engine, 'broken.acme.example')).rcode).toBe('SERVFAIL');
    });

    it('forwards the DNSSEC flags', async () => {
      upstream.asked.length = 0;
      await ask(engine, 'dnssec.acme.example', {
        message: {
          ...edns(1232, packet.DNSSEC_OK),
          flags: packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA | packet.CHECKING_DISABLED,
        },
      });
      const [asked] = upstream.asked.map(({ bytes }) => packet.decode(bytes));
      expect(asked).toMatchObject({ flag_ad: true, flag_cd: true, additionals: [{ type: 'OPT', flag_do: true }] });
    });

    it("sends upstreams an OPT of its own, and nothing of the client's", async () => {
      upstream.asked.length = 0;
      const cookie = { code: 10, data: Buffer.from('0123456789abcdef', 'hex') };
      const [opt] = edns(4096).additionals ?? [];
      await ask(engine, 'hop.acme.example', {
        message: { additionals: [{ ...opt, options: [cookie] } as unknown as packet.Answer] },
      });
      const [asked] = upstream.asked.map(({ bytes }) => packet.decode(bytes));
      expect(asked?.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, options: [] }]);
    });

    it('asks each question with another id from another port', async () => {
      upstream.asked.length = 0;
      await Promise.all(Array.from({ length: 40 }, (_, index) => ask(engine, `host-${index}.acme.example`)));
      expect(new Set(upstream.asked.map(({ id }) => id)).size).toBeGreaterThan(35);
      expect(new Set(upstream.asked.map(({ fromPort }) => fromPort)).size).toBeGreaterThan(5);
    });

    it.each([
      ['another question', 'liar.acme.example'],
      ['a message that is cut off', 'cut.acme.example'],
      ['nothing', 'silent.acme.example'],
    ])('answers SERVFAIL where the upstream answers %s', { concurrent: true }, async (_what, name) => {
      const answer = await ask(engine, name, { message: edns() });
      expect(answer.rcode).toBe('SERVFAIL');
      expect(extendedErrors(answer)).toMatchObject([{ code: 22 }]);
    });

    it('takes an answer that spells the question in another way, and gives the client its own spelling back', async () => {
      const answer = await ask(engine, 'Shouting.acme.example', { message: edns() });
      expect(answer).toMatchObject({ rcode: 'NOERROR', questions: [{ name: 'Shouting.acme.example' }] });
    });

    it('asks again over TCP when an answer is truncated, and truncates it for a client that cannot accept it', async () => {
      const whole = await ask(engine, 'large.acme.example', { type: 'TXT', message: edns(4096) });
      expect(whole.answers).toHaveLength(4);
      const cut = await ask(engine, 'large.acme.example', { type: 'TXT', message: edns(1232) });
      expect(cut).toMatchObject({ flag_tc: true, answers: [] });
      const plain = await ask(engine, 'large.acme.example', { type: 'TXT' });
      expect(plain).toMatchObject({ flag_tc: true, answers: [], additionals: [] });
      const overTcp = await ask(engine, 'large.acme.example', { type: 'TXT', tcp: true });
      expect(overTcp.answers).toHaveLength(4);
    });

    it('sends at most 4096 bytes over UDP, whatever size the client accepts', async () => {
      const huge = { type: 'TXT', message: edns(65_535) };
      const cut = await ask(engine, 'huge.acme.example', huge);
      expect(cut).toMatchObject({ flag_tc: true, answers: [] });
      expect((await ask(engine, 'huge.acme.example', { ...huge, tcp: true })).bytes.length).toBeGreaterThan(4096);
    });

    it('answers many questions of one TCP connection, each when it is ready', async () => {
      const names = ['slow.acme.example', 'gcr.io', 'registry.acme.example'];
      const answers = await exchangeTcp(
        engine,
        names.map((name) => question(name)),
      );
      const answered = answers.map((bytes) => packet.decode(bytes).questions?.[0]?.name);
      expect(answered).toHaveLength(3);
      expect(answered.at(-1)).toBe('slow.acme.example');
    });

    it('answers a client that has closed its side of a TCP connection, also after asking an upstream', async () => {
      const socket = connect({ ...parseSocketAddress(engine), allowHalfOpen: true });
      socket.end(Buffer.concat(['later.acme.example', 'gcr.io'].map((name) => framed(question(name)))));
      const heard: Buffer[] = [];
      for await (const chunk of socket) heard.push(chunk);
      const bytes = Buffer.concat(heard);
      const first = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
      const second = bytes.subarray(4 + first.length);
      expect(packet.decode(first)).toMatchObject({ rcode: 'NXDOMAIN' });
      expect(packet.decode(second).questions).toMatchObject([{ name: 'later.acme.example' }]);
    });

    it.each<[string, string, (bytes: Buffer) => Buffer]>([
      ['FORMERR', 'no question', (bytes) => Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(8)])],
      [
        'FORMERR',
        'two questions',
        (bytes) => {
          bytes.writeUInt16BE(2, 4);
          return Buffer.concat([bytes, bytes.subarray(12)]);
        },
      ],
      [
        'FORMERR',
        'a compression pointer in the question',
        (bytes) => Buffer.concat([bytes.subarray(0, 12), Buffer.from('c00c00010001', 'hex')]),
      ],
      ['FORMERR', 'a name that is cut off', (bytes) => bytes.subarray(0, 16)],
      [
        'NOTIMP',
        'the opcode UPDATE',
        (bytes) => {
          bytes.writeUInt16BE(0x2800, 2);
          return bytes;
        },
      ],
      [
        'REFUSED',
        'class CH',
        (bytes) => {
          bytes.writeUInt16BE(3, bytes.length - 2);
          return bytes;
        },
      ],
      [
        'REFUSED',
        'a zone transfer',
        (bytes) => {
          bytes.writeUInt16BE(252, bytes.length - 4);
          return bytes;
        },
      ],
      [
        'REFUSED',
        'an incremental zone transfer',
        (bytes) => {
          bytes.writeUInt16BE(251, bytes.length - 4);
          return bytes;
        },
      ],
    ])('answers %s to %s', async (rcode, _what, change) => {
      const answer = await exchangeUdp(engine, change(Buffer.from(question('registry.acme.example'))));
      expect(packet.decode(answer ?? Buffer.alloc(0))).toMatchObject({ rcode, answers: [] });
    });

    it('answers BADVERS to an EDNS version that it does not know', async () => {
      const bytes = question('registry.acme.example', 'A', edns());
      bytes[bytes.length - 5] = 1;
      const answer = await exchangeUdp(engine, bytes);
      expect(packet.decode(answer ?? Buffer.alloc(0)).additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1 }]);
    });

    it('drops answers, and messages shorter than a header', async () => {
      const before = (await gateway.status()).counters.dns.malformed;
      const reply = question('registry.acme.example', 'A', { type: 'response' });
      expect(await exchangeUdp(engine, reply, 300)).toBeNull();
      expect(await exchangeUdp(engine, Buffer.from('0102030405', 'hex'), 300)).toBeNull();
      expect((await gateway.status()).counters.dns.malformed).toBe(before + 2);
    });

    it('blocks for containers only names of registries that the policy does not allow', async () => {
      expect((await ask(workload, 'ghcr.io')).rcode).toBe('NOERROR');
      expect((await ask(workload, 'www.example.org')).answers).toMatchObject([{ data: '10.1.2.3' }]);
      expect((await ask(workload, 'quay.io')).rcode).toBe('NXDOMAIN');
    });
  });
});

describe('a client outside allowFrom', () => {
  it('gets REFUSED without a question to an upstream, and no answer to garbage', async () => {
    const upstream = await startDnsStub({ 'registry.acme.example': '10.1.2.3' });
    const gateway = await startGateway({
      registry: null,
      upstreams: [upstream.address],
      config: { allowFrom: ['10.200.0.0/24'] },
    });
    try {
      const [engine = ''] = (await gateway.status()).listeners.dns.engine;
      expect((await ask(engine, 'registry.acme.example')).rcode).toBe('REFUSED');
      const overTcp = await ask(engine, 'registry.acme.example', { tcp: true, message: edns() });
      expect(overTcp.rcode).toBe('REFUSED');
      expect(extendedErrors(overTcp)).toMatchObject([{ code: 18 }]);
      expect(await exchangeUdp(engine, Buffer.alloc(12), 300)).toBeNull();
      expect(upstream.asked).toEqual([]);
    } finally {
      await gateway.stop();
      await upstream.close();
    }
  });
});

describe('upstreams', () => {
  it('are asked one after the other until one answers', async () => {
    const dead = await startDnsStub(() => null);
    const failing = await startDnsStub(() => ({ flags: 2 }));
    const good = await startDnsStub({ 'registry.acme.example': '10.1.2.3' });
    const gateway = await startGateway({
      registry: null,
      upstreams: [dead.address, failing.address, good.address],
    });
    try {
      expect((await gateway.query('registry.acme.example')).answers).toMatchObject([{ data: '10.1.2.3' }]);
    } finally {
      await gateway.stop();
      await Promise.all([dead, failing, good].map((stub) => stub.close()));
    }
  });

  it('that refuse the connection fail at once, and without any the answer is SERVFAIL', async () => {
    const gone = await startDnsStub({});
    await gone.close();
    const gateway = await startGateway({ registry: null, upstreams: [gone.address] });
    try {
      expect((await gateway.query('registry.acme.example')).rcode).toBe('SERVFAIL');
      expect((await gateway.status()).counters.dns.failed).toBe(1);
    } finally {
      await gateway.stop();
    }
  });
});
