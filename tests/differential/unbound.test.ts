import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as packet from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackgroundProcess } from '../support/background-process.ts';
import { edns, exchangeTcp, exchangeUdp, question } from '../support/dns-client.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { startUnbound } from '../support/unbound.ts';

/**
 * The same rules twice: as a policy in the gateway, and as a root zone in which only what the policy allows exists, served by
 * unbound. An authoritative server must then say what the filter says, name for name and type for type: no such name for what
 * is denied, no data for what lies above an allowed name (RFC 8020), wildcards below their domain only (RFC 4592). unbound is
 * the gateway's upstream too, so what is allowed must come through unchanged. (Names that unbound answers by itself, such as `test`,
 * `invalid`, `onion`, `home.arpa` and those below `localhost`, RFC 6761, are longer than chance makes them here.)
 */
const QUESTIONS = 10_000;
const HOSTS = 400;
const SUFFIXES = 40;
const TYPES = ['A', 'A', 'A', 'AAAA', 'TXT', 'MX', 'SRV', 'NS', 'CNAME', 'CAA', 'ANY', 'UNKNOWN_65', 'UNKNOWN_64'];
const ADDRESS = '192.0.2.1';

const seed = Date.now() >>> 0;
const random = seededRandom(seed);
const hosts = Array.from({ length: HOSTS }, (_, i) => hostName(random, i));
const suffixes = Array.from(
  { length: SUFFIXES },
  (_, i) => `wild${i}.${random.pick(['corp.zone', 'zone', 'a.b.c.zone'])}`,
);

describe(`beside unbound with equivalent rules (seed ${seed})`, () => {
  let folder: string;
  let unbound: BackgroundProcess;
  let unboundAddress: string;
  let gateway: TestGateway;
  let gatewayAddress: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'differential-'));
    const zoneFile = join(folder, 'root.zone');
    const records = [...hosts, ...suffixes.map((suffix) => `*.${suffix}`)].map((name) => `${name}. 60 IN A ${ADDRESS}`);
    const start = ['. 60 IN SOA ns.invalid. mail.invalid. 1 3600 600 86400 2', '. 60 IN NS ns.invalid.'];
    await writeFile(zoneFile, `${[...start, ...records].join('\n')}\n`);
    unboundAddress = `127.0.0.1:${await freePort()}`;
    unbound = await startUnbound({
      folder,
      address: unboundAddress,
      // With few places left for connections it closes them after a fifth of a second, before a client on a busy machine has asked.
      lines: ['incoming-num-tcp: 200', 'tcp-idle-timeout: 60000'],
      authoritative: zoneFile,
    });
    gateway = await startGateway({ upstreams: [unboundAddress], config: { workers: 2 } });
    await gateway.program({
      registries: [...hosts, ...suffixes.map((suffix) => `*.${suffix}`)].map((address) => ({ address })),
    });
    [gatewayAddress = ''] = (await gateway.status()).listeners.dns.engine;
  });
  afterAll(async () => {
    await gateway?.stop();
    await unbound?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(`${QUESTIONS} mixed questions are answered alike`, async () => {
    const differences: unknown[] = [];
    const rcodes: Record<string, number> = {};
    let left = QUESTIONS;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const name = anyName(random);
        const type = random.pick(TYPES);
        const message = random.below(2) === 0 ? {} : edns(1232, random.below(2) === 0 ? 0 : packet.DNSSEC_OK);
        const bytes = question(name, type, message);
        const tcp = random.below(10) === 0;
        const [ours, theirs] = await Promise.all(
          [gatewayAddress, unboundAddress].map((server) => said(server, bytes, tcp)),
        );
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) differences.push({ name, type, tcp, ours, theirs });
        const rcode = ours === null || ours === undefined ? 'none' : ours.rcode;
        rcodes[rcode] = (rcodes[rcode] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 24 }, client));
    expect(differences.slice(0, 10)).toEqual([]);
    // The mixture is one: neither nearly all denied nor nearly all allowed.
    expect(rcodes.NOERROR).toBeGreaterThan(QUESTIONS / 5);
    expect(rcodes.NXDOMAIN).toBeGreaterThan(QUESTIONS / 5);
    expect(Object.keys(rcodes).sort()).toEqual(['NOERROR', 'NXDOMAIN']);
  });
});

interface Said {
  rcode: string;
  /** The spelling included. */
  question: string;
  answers: string[];
}

/** What of an answer must be the same; the negative TTL and who is authoritative are each server's own. */
async function said(server: string, bytes: Uint8Array, tcp: boolean): Promise<Said | null> {
  const answer = tcp ? ((await exchangeTcp(server, [bytes]))[0] ?? null) : await exchangeUdp(server, bytes);
  if (answer === null) return null;
  const decoded = packet.decode(answer) as packet.DecodedPacket & { rcode: string };
  return {
    rcode: decoded.rcode,
    question: JSON.stringify(decoded.questions),
    answers: (decoded.answers ?? [])
      .map((record) => `${record.name.toLowerCase()} ${record.type} ${'data' in record ? String(record.data) : ''}`)
      .sort(),
  };
}

/** All at different depths, some below one another's parents, none below another host. */
function hostName(from: Random, index: number): string {
  const parent = from.pick([
    'zone',
    'example.zone',
    'a.b.c.zone',
    'registry.example',
    'deep.er.and.deep.er.example',
    'com',
  ]);
  return `h${index}-${'x'.repeat(from.below(20))}.${parent}`;
}

/** Allowed, above or below what is allowed, beside it, and nowhere near; in any spelling. */
function anyName(from: Random): string {
  const host = from.pick(hosts);
  const suffix = from.pick(suffixes);
  const labels = (name: string): string[] => name.split('.');
  const kinds = [
    () => host,
    () => host,
    () => `${word(from)}.${host}`,
    () => `${word(from)}.${suffix}`,
    () => `${word(from)}.${word(from)}.${suffix}`,
    () => suffix,
    () =>
      labels(from.pick([host, suffix]))
        .slice(1 + from.below(3))
        .join('.') || host, // Not the root: there unbound has its zone's own records.
    () => [word(from), ...labels(host).slice(1)].join('.'),
    () => `${host}${word(from)}`,
    () => `x${host}`,
    () => `${word(from)}.${word(from)}`,
    () => word(from),
  ];
  const name = from.pick(kinds)();
  return from.below(3) === 0
    ? [...name].map((each) => (from.below(2) === 0 ? each.toUpperCase() : each)).join('')
    : name;
}

function word(from: Random): string {
  return Array.from({ length: 1 + from.below(12) }, () => from.pick([...'abcdefghijklmnopqrstuvwxyz0123456789_'])).join(
    '',
  );
}
