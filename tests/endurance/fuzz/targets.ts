import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import * as packet from 'dns-packet';
import { z } from 'zod';
import { createAnswerCache, lifetimeOf } from '../../../main/gateway/dns/answer-cache.ts';
import type { CachingResolver } from '../../../main/gateway/dns/caching-resolver.ts';
import { createClientTable } from '../../../main/gateway/dns/client-table.ts';
import { DnsCounters } from '../../../main/gateway/dns/dns-counters.ts';
import { MAX_LOCAL_ANSWER_BYTES } from '../../../main/gateway/dns/local-answers.ts';
import { lookUpAddresses } from '../../../main/gateway/dns/resolve-addresses.ts';
import { ANSWER_LATER, ANSWER_ROOM, createResponder, NO_ANSWER } from '../../../main/gateway/dns/responder.ts';
import { answerForClient, answerTo } from '../../../main/gateway/dns/upstream-message.ts';
import { type AnswerEnd, capTtls, endOfPlainName, HEADER_BYTES } from '../../../main/gateway/dns/wire.ts';
import { readClientHello } from '../../../main/gateway/proxy/client-hello.ts';
import { parseAuthority } from '../../../main/gateway/proxy/request-target.ts';
import { parseDesktopPlist } from '../../../main/managed-config/macos-plist.ts';
import { parseProfile } from '../../../main/managed-config/macos-profile.ts';
import { parseMobileconfig } from '../../../main/managed-config/mobileconfig.ts';
import { parsePortcullisJson } from '../../../main/managed-config/portcullis-json.ts';
import { parseRegFile } from '../../../main/managed-config/reg-file.ts';
import { parseQuery } from '../../../main/managed-config/reg-query.ts';
import { parseRegistryJson } from '../../../main/managed-config/registry-json.ts';
import type { SourceContent } from '../../../main/managed-config/source.ts';
import { parseDockerKey } from '../../../main/managed-config/windows-registry.ts';
import { serveRpc } from '../../../main/platform/net/json-rpc.ts';
import { readLines } from '../../../main/platform/net/lines.ts';
import { formatSocketAddress } from '../../../main/platform/net/socket-address.ts';
import { decide } from '../../../shared/decide.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import { normalizeHost } from '../../../shared/hosts/host-name.ts';
import { parseImageReference } from '../../../shared/hosts/image-reference.ts';
import { verifyMembership, verifyPolicy } from '../../../shared/policy/verify.ts';
import { compilePolicy } from '../../../shared/rule-set/compile.ts';
import { controlMethods } from '../../../shared/schemas/control-schema.ts';
import { createPolicySigner, ISSUER } from '../../support/policy-signer.ts';

/** A parser, what it is fed with, and what holds whatever it is fed with. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** Throws, or rejects, where something does not hold. */
  readonly check: (bytes: Uint8Array) => void | Promise<void>;
}

function holds(claim: boolean, what: string): void {
  if (!claim) throw new Error(what);
}

const text = (...samples: string[]): Uint8Array[] => samples.map((sample) => Buffer.from(sample));
const hex = (...samples: string[]): Uint8Array[] => samples.map((sample) => Buffer.from(sample, 'hex'));
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function dnsQuestion(): FuzzTarget {
  const registries = ['ghcr.io', '*.corp.example', 'quay.io'].map((address) => ({ address }));
  const rules = compilePolicy(
    { iss: ISSUER, org: 'acme', revision: 1, iat: 0, exp: 1, enabled: true, mode: 'enforce', registries },
    1,
  );
  let forwarded: string | null = null;
  const resolver: CachingResolver = {
    cached: () => 0,
    ask: ({ question }) => {
      forwarded = latin1(question);
    },
    setUpstreams: () => undefined,
    close: () => undefined,
  };
  const nothing = { denied: () => undefined, probe: () => undefined };
  const clients = createClientTable(['127.0.0.0/8'], { perSecond: 1e9, inFlight: 1e9 }, () => 0);
  const responder = createResponder(
    { generation: 1, ruleSet: rules, refusalText: 'no' },
    { resolverFor: () => resolver },
    new DnsCounters(DnsCounters.allocate()),
    nothing,
    () => 0,
  );
  const client = clients.find('127.0.0.1');
  const askers = [
    ['engine', client, false],
    ['workload', client, true],
    ['engine', null, false],
  ] as const;
  const seeds = [
    packet.encode({ id: 1, flags: packet.RECURSION_DESIRED, questions: [{ name: 'ghcr.io', type: 'A' }] }),
    packet.encode({ id: 2, questions: [{ name: 'a.corp.example', type: 'AAAA' }] }),
    packet.encode({
      id: 3,
      questions: [{ name: 'gcr.io', type: 'TXT' }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 4096,
          flags: packet.DNSSEC_OK,
          extendedRcode: 0,
          ednsVersion: 0,
          flag_do: true,
          options: [],
        },
      ],
    }),
  ];
  return {
    name: 'dns-question',
    seeds,
    check(bytes) {
      for (const [view, who, overTcp] of askers) {
        forwarded = null;
        const out = new Uint8Array(ANSWER_ROOM);
        const context = { view, client: who, clients, crowd: 0, overTcp, answerLater: () => () => undefined };
        const length = responder.answer(context, bytes, bytes.length, out);
        if (client !== null) client.inFlight = 0;
        if (length === ANSWER_LATER) {
          holds(who !== null, 'forwarded for a stranger');
          // Containers may ask for what is no host name, which cannot be judged as text.
          if (view === 'workload') continue;
          const question = forwarded ?? '';
          const asked = packet.decode(Buffer.from(`${'\0'.repeat(5)}\x01${'\0'.repeat(6)}${question}`, 'latin1'));
          const name = asked.questions?.[0]?.name ?? '';
          holds(decide(rules, view, name).allowed, `forwarded although not allowed: ${JSON.stringify(name)}`);
          continue;
        }
        holds(forwarded === null, 'forwarded and answered');
        if (length === NO_ANSWER) continue;
        holds(length >= 12 && length <= MAX_LOCAL_ANSWER_BYTES, `an answer of ${length} bytes`);
        holds(who !== null || length <= bytes.length, `a stranger gets ${length} bytes for ${bytes.length}`);
        holds(out[0] === bytes[0] && out[1] === bytes[1], 'another id');
        holds(((out[2] ?? 0) & 0x80) !== 0, 'an answer that is a question');
        // A whole message, to the last byte, wherever the question's own bytes are.
        holds(capTtls(out, length, 60), 'an answer that is not whole');
      }
    },
  };
}

const dnsAnswer: FuzzTarget = {
  name: 'dns-answer',
  seeds: [
    packet.encode({
      type: 'response',
      id: 1,
      questions: [{ name: 'ghcr.io', type: 'A' }],
      answers: [
        { name: 'ghcr.io', type: 'CNAME', ttl: 300, data: 'a.ghcr.io' },
        { name: 'a.ghcr.io', type: 'A', ttl: 86400, data: '192.0.2.1' },
      ],
      additionals: [{ name: 'b.ghcr.io', type: 'AAAA', ttl: 1, data: '2001:db8::1' }],
    }),
    // With OPT: a cookie (RFC 7873) and an extended error (RFC 8914).
    ...hex(
      '00018180000100010000000104676863720269 6f0000010001c00c000100010000003c0004c0000201'.replaceAll(' ', '') +
        '0000290200000080000014000a00081122334455667788000f0004000f6e6f',
    ),
  ],
  async check(bytes) {
    const copy = Buffer.from(bytes);
    if (!capTtls(copy, copy.length, 60)) return;
    holds(copy.length === bytes.length, 'it grew');
    const again = Buffer.from(copy);
    holds(capTtls(again, again.length, 60) && again.equals(copy), 'capped once is not capped');
    holdsInTheCache(copy);
    for (const hasOpt of [false, true]) {
      const asked = { question: new Uint8Array(), flags: 0, hasOpt, dnssecOk: hasOpt };
      const passed = answerForClient(Buffer.from(bytes), asked, 60);
      if (passed === null) continue;
      const opt: AnswerEnd = { at: 0, hasOpt: false, additional: 0 };
      holds(capTtls(Buffer.from(passed), passed.length, 60, opt), 'what is passed on is not whole');
      holds(opt.hasOpt === hasOpt, 'OPT is there for who has none, or not for who has');
      holds(
        passed.equals(answerForClient(Buffer.from(passed), asked, 60) ?? Buffer.alloc(0)),
        'passed on twice is not the same',
      );
    }
    const resolver: CachingResolver = {
      cached: () => 0,
      ask: (_lookup, done) => done(Buffer.from(copy)),
      setUpstreams: () => undefined,
      close: () => undefined,
    };
    const found = await lookUpAddresses('ghcr.io', { resolverFor: () => resolver }).catch((error) => {
      holds(error.code === 'EAI_AGAIN', `${error}`);
      return [];
    });
    for (const { address, family } of found) holds(isIP(address) === family, `${address} is no address`);
    holdsAsAnswer(bytes);
  },
};

/** What is taken for an answer has the question as it was asked, and at least as much as came with it. */
function holdsAsAnswer(bytes: Uint8Array): void {
  const question = Buffer.from('0367637202696f0000010001', 'hex');
  const answer = answerTo(Buffer.from(bytes), { question, flags: 0, hasOpt: true, dnssecOk: false });
  if (answer === null) return;
  holds(answer.subarray(HEADER_BYTES, HEADER_BYTES + question.length).equals(question), 'it answers another question');
  holds(answer.length >= Math.min(bytes.length, HEADER_BYTES + question.length), 'something of it is missing');
}

/** What is kept comes back as it was, but for the spelling of its question and for TTLs that are three seconds lower. */
function holdsInTheCache(answer: Buffer): void {
  const end = endOfPlainName(answer, answer.length, HEADER_BYTES) + 4;
  if (answer.readUInt16BE(4) !== 1 || end < HEADER_BYTES + 5 || end > answer.length) return;
  let now = 0;
  const cache = createAnswerCache(() => now, 7);
  const question = Buffer.from(answer.subarray(HEADER_BYTES, end));
  cache.put({ question, flags: 0, hasOpt: false, dnssecOk: false }, answer);
  now = 3;
  const out = Buffer.alloc(ANSWER_ROOM);
  const length = cache.get(question, 0, question.length, 0, out);
  if (length === 0) return;
  holds(length === answer.length, `${answer.length} bytes became ${length}`);
  const ttls: number[] = [];
  holds(lifetimeOf(answer, ttls) > 3, 'given after its time');
  for (const at of ttls) {
    holds(out.readUInt32BE(at) === answer.readUInt32BE(at) - 3, `the TTL at ${at} is ${out.readUInt32BE(at)}`);
    answer.copy(out, at, at, at + 4);
  }
  holds(out.subarray(0, length).equals(answer), 'it is not what was kept');
}

const clientHello: FuzzTarget = {
  name: 'client-hello',
  seeds: hex(
    '160301004b0100004703030000000000000000000000000000000000000000000000000000000000000000000002130101000' +
      '01c0000000c000a00000767686372 2e696f002b00030203040010000500030268320'.replaceAll(' ', ''),
    '1603010005010000010300',
    '160303000101160303000100',
  ),
  check(bytes) {
    const whole = readClientHello(bytes);
    if (whole.kind === 'incomplete') holds(whole.atLeast > bytes.length, 'wants what it has');
    if (whole.kind !== 'hello') return;
    holds(whole.serverName === null || /^[\x21-\x7e]+$/.test(whole.serverName), 'a name that is none');
    // What was enough stays enough, and with any less there was no verdict yet.
    const more = readClientHello(Buffer.concat([bytes, Buffer.from('more')]));
    holds(more.kind === 'hello' && more.serverName === whole.serverName, 'what follows changes the name');
    const less = readClientHello(bytes.subarray(0, Math.floor(bytes.length / 2)));
    holds(less.kind === 'incomplete' || less.kind === 'hello', `half of it is ${less.kind}`);
  },
};

const connectTarget: FuzzTarget = {
  name: 'connect-target',
  seeds: text(
    'ghcr.io:443',
    '[2001:db8::1]:5000',
    'GHCR.io.:443',
    '192.0.2.1:80',
    'user@host:1',
    'a:0',
    ':443',
    '127.1:80',
    '0x7f.1:80',
    '[::ffff:10.0.0.1]:80',
  ),
  check(bytes) {
    const parsed = parseAuthority(latin1(bytes), null);
    if (parsed === null) return;
    holds(/^[\x21-\x7e]+$/.test(parsed.host), 'a host with strange characters');
    holds(Number.isInteger(parsed.port) && parsed.port >= 1 && parsed.port <= 65535, `port ${parsed.port}`);
    const again = parseAuthority(formatSocketAddress(parsed), null);
    holds(JSON.stringify(again) === JSON.stringify(parsed), 'reads back as something else');
    holds(
      !URL.canParse(`http://${formatSocketAddress(parsed)}/`) || isReadAlike(parsed.host),
      'a URL parser takes it for another host',
    );
  },
};

function isReadAlike(host: string): boolean {
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}/`).hostname.replace(/^\[|\]$/g, '') === host;
}

function linesOf(chunks: readonly Uint8Array[], most: number): string {
  const stream = new EventEmitter();
  const lines: string[] = [];
  readLines(
    stream as unknown as Duplex,
    most,
    (line) => lines.push(line),
    () => lines.push('over'),
  );
  for (const chunk of chunks) stream.emit('data', Buffer.from(chunk));
  return JSON.stringify(lines);
}

const controlLines: FuzzTarget = {
  name: 'control-lines',
  seeds: text(
    '{"jsonrpc":"2.0","id":1,"method":"status"}\n{"jsonrpc":"2.0","id":2,"method":"explain","params":{"host":"ghcr.io","view":"engine"}}\n',
    '{"jsonrpc":"2.0","id":"x","method":"lock","params":{"reason":"sign-in-required"}}\n',
    '{"jsonrpc":"2.0","id":3,"method":"program","params":{"policyFile":"/p","membershipFile":null}}\n',
    '[{"jsonrpc":"2.0","id":1,"method":"release","params":{}}]\n',
  ),
  async check(bytes) {
    const split = [...bytes].map((_, i) => bytes.subarray(i, i + 1));
    holds(linesOf([bytes], 200) === linesOf(split, 200), 'it matters how it is cut into chunks');

    const written: string[] = [];
    const stream = new Duplex({
      read: () => undefined,
      write: (line, _encoding, done) => {
        written.push(String(line));
        done();
      },
    });
    const refuse = (): never => {
      throw new Error('not here');
    };
    const handlers = Object.fromEntries(Object.keys(controlMethods).map((method) => [method, refuse])) as never;
    serveRpc(stream, controlMethods, handlers, { maxLine: 4096 });
    stream.push(bytes);
    // Streams and handlers are asynchronous.
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    stream.destroy();
    const Answer = z.object({
      jsonrpc: z.literal('2.0'),
      id: z.union([z.number(), z.string(), z.null()]),
      error: z.object({ code: z.number() }),
    });
    for (const line of written) Answer.parse(JSON.parse(line));
  },
};

/** A judgement of what an administrator deployed: it is one of three, and what is malformed says why. */
function judged({ verdict, problems }: SourceContent<unknown>): void {
  holds(['present', 'malformed', 'absent'].includes(verdict), `verdict ${verdict}`);
  holds(verdict !== 'malformed' || problems.length > 0, 'malformed without a reason');
  for (const { message } of problems) holds(message.length > 0 && message.length < 2000, 'a message nobody reads');
}

function organizations(content: SourceContent<string[]>): void {
  judged(content);
  if (content.verdict !== 'present') return;
  holds(content.value.length > 0, 'present without an organization');
  for (const name of content.value)
    holds(name !== '' && !/[\s,\p{Cc}]/u.test(name), `organization ${JSON.stringify(name)}`);
}

const registryJson: FuzzTarget = {
  name: 'registry-json',
  seeds: text(
    '{"allowedOrgs":["acme","globex"]}',
    '\ufeff{"other":[1,{"a":null}],\r\n"allowedOrgs" : ["\\u0061cme"]}',
    '{"allowedOrgs":"acme"}',
    '{"allowedorgs":["acme"],"allowedOrgs":["a,b"," x"]}',
  ),
  check: (bytes) => organizations(parseRegistryJson(bytes)),
};

const portcullisJson: FuzzTarget = {
  name: 'portcullis-json',
  seeds: text(
    '{"hub":"https://hub.acme.example","policyKeys":{"keys":[{"kid":"1","kty":"OKP","crv":"Ed25519","x":"AAAA",' +
      '"organizations":["acme"]}]},"refreshMinutes":15,"locked":["startAtLogin"]}',
    '{"issuer":"https://id.example","clientId":"x","organizationsClaim":"groups","startAtLogin":true,"theme":"dark"}',
  ),
  check: (bytes) => judged(parsePortcullisJson(bytes)),
};

const PLIST = (inside: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">${inside}</plist>
`;

const propertyLists: FuzzTarget = {
  name: 'property-lists',
  seeds: [
    ...text(
      PLIST('<dict><key>allowedOrgs</key><array><string>acme</string></array></dict>'),
      PLIST('<dict><key>allowedOrgs</key><string>acme;globex</string></dict>'),
      PLIST(
        '<dict><key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.docker.config</string>' +
          '<key>allowedOrgs</key><string>acme</string></dict></array></dict>',
      ),
    ),
    Buffer.from('YnBsaXN0MDDRAQJbYWxsb3dlZE9yZ3OhA1RhY21lCAsXGQAAAAAAAAEBAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAe', 'base64'),
  ],
  check(bytes) {
    organizations(parseDesktopPlist(bytes));
    organizations(parseProfile(bytes));
    const profile = parseMobileconfig(bytes);
    organizations(profile.organizations);
    judged(profile.settings);
  },
};

const KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop';

const windowsRegistry: FuzzTarget = {
  name: 'windows-registry',
  seeds: [
    ...text(
      `\r\n${KEY}\r\n    allowedOrgs    REG_MULTI_SZ    acme\\0globex\r\n\r\n${KEY}\\Below\r\n`,
      `Windows Registry Editor Version 5.00\r\n\r\n[${KEY}]\r\n"allowedOrgs"=hex(7):61,00,63,00,6d,00,65,00,00,00,00,00\r\n`,
    ),
    Buffer.from(`\ufeffWindows Registry Editor Version 5.00\r\n\r\n[${KEY}]\r\n"allowedOrgs"="acme"\r\n`, 'utf16le'),
  ],
  check(bytes) {
    const key = parseQuery(bytes, KEY);
    if ('values' in key) organizations(parseDockerKey(key.values));
    const file = parseRegFile(bytes);
    organizations(file.organizations);
    judged(file.settings);
  },
};

async function signedDocuments(): Promise<FuzzTarget> {
  const signer = await createPolicySigner();
  const seeds = text(
    await signer.policy({ registries: [{ address: 'ghcr.io', nickname: 'GitHub' }] }),
    await signer.membership(),
    await signer.policy({}, { alg: 'none' as string }).catch(() => 'e30.e30.'),
  );
  const genuine = new Set(seeds.map(utf8));
  const expected = { keys: { keys: [signer.publicKey] }, now: Math.floor(Date.now() / 1000) };
  return {
    name: 'signed-documents',
    seeds,
    async check(bytes) {
      const written = utf8(bytes);
      for (const { ok } of [
        await verifyPolicy(bytes, expected),
        await verifyMembership(bytes, { ...expected, org: 'acme', iss: ISSUER }),
      ]) {
        holds(!ok || genuine.has(written.trim()), 'a document verified that nobody signed');
      }
    },
  };
}

const imageReferences: FuzzTarget = {
  name: 'image-references',
  seeds: text(
    'ubuntu',
    'ghcr.io/acme/app:1.2',
    'localhost:5000/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    '[2001:db8::1]:5000/a/b',
    'Registry.example/x_y__z/a-b',
  ),
  check(bytes) {
    const read = parseImageReference(utf8(bytes));
    if (!read.ok) {
      holds(read.problem.message.length > 0 && read.problem.message.length < 1000, 'no sentence');
      return;
    }
    const { registry, repository, hosts, tag, digest } = read.value;
    for (const host of hosts) holds(normalizeHost(host)?.host === host, `host ${JSON.stringify(host)}`);
    // A host of one label is one by its capitals only (`Reg/app`), and is shown in lower case.
    if (!/[.:]/.test(registry) && registry !== 'localhost') return;
    const again = parseImageReference(
      `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
    );
    holds(
      again.ok && again.value.registry === registry && again.value.repository === repository,
      'reads back as another image',
    );
  },
};

const addresses: FuzzTarget = {
  name: 'addresses',
  seeds: text(
    'ghcr.io',
    '*.example.com:8443',
    'https://Registry.Example./v2/',
    '[::ffff:192.0.2.1]:5000',
    '192.0.2.1:80',
    'bücher.example',
    'xn--bcher-kva.example',
    '10.0.0.0/8',
    'user:secret@host',
  ),
  check(bytes) {
    const written = utf8(bytes);
    const host = normalizeHost(written);
    if (host !== null)
      holds(normalizeHost(host.host)?.host === host.host, `${JSON.stringify(host.host)} is not its own name`);
    const read = parseAddress(written);
    if (!read.ok) {
      holds(read.problem.message.length > 0, 'no sentence');
      return;
    }
    const again = parseAddress(read.value.text);
    const same = (one: typeof read.value): string => JSON.stringify([one.kind, one.host, one.port ?? 443, one.text]);
    holds(
      again.ok && same(again.value) === same(read.value),
      `${JSON.stringify(read.value.text)} reads back as something else`,
    );
  },
};

export async function fuzzTargets(): Promise<FuzzTarget[]> {
  return [
    dnsQuestion(),
    dnsAnswer,
    clientHello,
    connectTarget,
    controlLines,
    registryJson,
    portcullisJson,
    propertyLists,
    windowsRegistry,
    await signedDocuments(),
    imageReferences,
    addresses,
  ];
}
