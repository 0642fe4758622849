import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyGrant } from '../../../shared/policy/grants.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { View } from '../../../shared/reasons.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { outsideAddress, startGateway, type TestGateway } from '../../support/gateway.ts';

/** The proxy tunnels to no loopback address. */
const here = outsideAddress() ?? '127.0.0.1';
const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);
const NOERROR = 'NOERROR';
const NXDOMAIN = 'NXDOMAIN';

let gateway: TestGateway;
let stub: DnsStub;
let registry: Server;
let port = 0;
let revision = 0;

beforeAll(async () => {
  stub = await startDnsStub({ 'gcr.io': '10.1.1.1', 'quay.io': '10.1.1.2', 'cdn.quay.io': '10.1.1.3' });
  registry = createServer((socket) => socket.on('error', () => undefined));
  registry.listen(0, here);
  await once(registry, 'listening');
  port = (registry.address() as AddressInfo).port;
  gateway = await startGateway({ upstreams: [stub.address], config: { workers: 2 } });
});
afterAll(async () => {
  await gateway?.stop();
  registry?.close();
  await stub?.close();
});

/** The thumbprint of its key. */
async function jkt(): Promise<string> {
  const { identity } = await gateway.status();
  if (identity === null) throw new Error('the gateway has no key');
  return identity.jkt;
}

interface Proof {
  sub?: string;
  teams?: string[];
  jkt?: string;
  iat?: number;
  exp?: number;
}

async function program(grants: unknown[], { jkt: thumbprint, ...proof }: Proof = {}): Promise<void> {
  revision += 1;
  const policy = await gateway.signer.policy({ revision, grants: grants as PolicyGrant[] });
  const bound = thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } };
  await gateway.programFiles(policy, await gateway.signer.membership({ ...proof, ...bound }));
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error) => (error instanceof ProblemError ? error.problem.code : String(error)),
  );
}

const explain = (host: string, view: View = 'engine') =>
  gateway.control.call('explain', { host, view, port: 443, grants: true });
const isAllowed = async (host: string): Promise<boolean> => (await explain(host)).allowed;

/** A download under a grant that will soon end; a slow machine takes longer to begin one. */
async function underWay(): Promise<{ download: { socket: Socket }; until: number; generation: number }> {
  for (const life of [3, 20, 90]) {
    const until = now() + life;
    await program([
      { address: 'gcr.io', until },
      { address: `${here}:${port}`, until },
      { address: 'quay.io', until: until + HOUR },
    ]);
    const { generation } = await gateway.status();
    const { rcode } = await gateway.query('gcr.io');
    const download = await gateway.connect(`${here}:${port}`);
    if (download.status === 200 && rcode === NOERROR) return { download, until, generation };
  }
  throw new Error('no download under a grant');
}

describe('a grant until a time', () => {
  it('allows the registry and what it needs, at both walls and in both views, and says until when', async () => {
    const until = now() + HOUR;
    await program([
      { address: 'gcr.io', until },
      { address: `${here}:${port}`, until },
    ]);
    expect(await explain('gcr.io')).toMatchObject({
      allowed: true,
      reason: 'allowed-by-grant',
      registry: 'gcr.io',
      until,
    });
    expect((await explain('gcr.io', 'workload')).reason).toBe('allowed-by-grant');
    expect((await gateway.query('gcr.io')).rcode).toBe(NOERROR);
    expect((await gateway.query('gcr.io', { view: 'workload' })).rcode).toBe(NOERROR);
    expect((await gateway.query('quay.io')).rcode).toBe(NXDOMAIN);
    expect((await gateway.status()).policy).toMatchObject({ grantCount: 2, voidGrants: 0 });
  });

  it('is told to an agent that does not know grants as a line of the list', async () => {
    const answer = await gateway.control.call('explain', { host: 'gcr.io', view: 'engine', port: 443 });
    expect(answer).toMatchObject({ allowed: true, reason: 'allowed-by-policy' });
    expect(answer).not.toHaveProperty('until');
  });

  it('ends by itself at each wall, cuts the download that is under way, and needs no other policy', async () => {
    const { generation, download, until } = await underWay();
    await once(download.socket, 'close');
    expect(Date.now()).toBeGreaterThanOrEqual(until * 1000);
    expect(Date.now()).toBeLessThan((until + 60) * 1000);
    // Each of the threads answers some of these.
    for (let i = 0; i < 20; i++) expect((await gateway.query('gcr.io')).rcode).toBe(NXDOMAIN);
    expect((await gateway.connect('gcr.io:443')).phrase).toMatch(/^gcr\.io is blocked by acme\./);
    expect(await isAllowed('gcr.io')).toBe(false);
    expect(await isAllowed('quay.io')).toBe(true);
    expect((await gateway.status()).generation).toBe(generation);
  });

  it('is over after a restart too', async () => {
    await gateway.halt('SIGKILL');
    await gateway.start();
    expect(await isAllowed('gcr.io')).toBe(false);
    expect(await isAllowed('quay.io')).toBe(true);
    expect((await gateway.query('quay.io')).rcode).toBe(NOERROR);
  });

  it('does not let a grant for a longer time, or a wider one, end with it', async () => {
    const soon = now() + 1;
    await program([
      { address: 'cdn.quay.io', until: soon },
      { address: '*.quay.io', until: soon + HOUR },
      { address: 'gcr.io', until: soon + HOUR },
      { address: 'gcr.io', until: soon },
    ]);
    await expect.poll(() => now(), { interval: 100 }).toBeGreaterThan(soon);
    expect((await gateway.query('cdn.quay.io')).rcode).toBe(NOERROR);
    expect(await isAllowed('cdn.quay.io')).toBe(true);
    expect(await explain('gcr.io')).toMatchObject({ allowed: true, until: soon + HOUR });
  });
});

describe('after an upgrade of the gateway', () => {
  it('what a version that knew no grants has stored counts with its grants, as the same generation, and its renewal is no equivocation', async () => {
    const grants = [
      { address: 'gcr.io', until: now() + HOUR },
      { address: 'quay.io', teams: ['platform'] },
    ];
    revision += 1;
    const bound = { sub: 'ute', teams: ['platform'], cnf: { jkt: await jkt() } };
    const signedAt = now() - 100;
    await gateway.programFiles(
      await gateway.signer.policy({ revision, grants, iat: signedAt, exp: signedAt + 72 * HOUR }),
      await gateway.signer.membership({ ...bound, iat: signedAt }),
    );
    const { generation } = await gateway.status();
    await gateway.halt();
    const file = join(gateway.stateDir, 'state.json');
    const { proofs: _unknown, ...state } = JSON.parse(await readFile(file, 'utf8'));
    delete state.membership.since;
    state.inForce = JSON.stringify(JSON.parse(state.inForce).slice(0, 3));
    await writeFile(file, JSON.stringify(state));
    await gateway.start();
    expect(await isAllowed('gcr.io')).toBe(true);
    expect(await isAllowed('quay.io')).toBe(true);
    // One more, for the teams, which the version before did not write down.
    expect((await gateway.status()).generation).toBe(generation + 1);

    const renewal = await gateway.signer.policy({ revision, grants });
    await gateway.programFiles(renewal, await gateway.signer.membership(bound));
    expect(await isAllowed('gcr.io')).toBe(true);
    expect((await gateway.status()).generation).toBe(generation + 1);
    const older = await gateway.signer.membership({ ...bound, iat: signedAt });
    await gateway.programFiles(renewal, await gateway.signer.membership({ sub: 'vera' }));
    expect(await refusalOf(gateway.programFiles(renewal, older))).toBe('membership-superseded');
  });
});

describe('void grants', () => {
  it.each([
    ['no condition', { address: 'gcr.io' }],
    ['an unknown condition', { address: 'gcr.io', until: now() + HOUR, days: ['mon'] }],
    ['a time in words', { address: 'gcr.io', until: 'tomorrow' }],
    ['no teams', { address: 'gcr.io', teams: [], until: now() + HOUR }],
    ['an address that is none', { address: '*', until: now() + HOUR }],
    ['an address with a password', { address: 'user:secret@gcr.io', until: now() + HOUR }],
    ['a name of probes', { address: '*.probe.portcullis.internal', until: now() + HOUR }],
  ])('with %s allow nothing, are counted, and harm no other', async (_what, grant) => {
    await program([grant, { address: 'quay.io', until: now() + HOUR }]);
    expect(await isAllowed('gcr.io')).toBe(false);
    expect(await isAllowed('quay.io')).toBe(true);
    expect((await gateway.status()).policy).toMatchObject({ voidGrants: 1 });
  });
});

describe('a grant for a team', () => {
  const forPlatform = [{ address: 'gcr.io', teams: ['platform', 'sre'] }];

  it('counts for a member of it whose proof is bound to this gateway, until the proof ends', async () => {
    await program(forPlatform, { teams: ['design', 'platform'], jkt: await jkt() });
    expect(await explain('gcr.io')).toMatchObject({ reason: 'allowed-by-grant', teams: ['platform'] });
    expect((await gateway.query('gcr.io')).rcode).toBe(NOERROR);
    expect((await gateway.status()).membership).toMatchObject({ sub: 'mia', teams: ['design', 'platform'] });
  });

  it.each<[string, () => Promise<Proof>]>([
    ['of no team', async () => ({ teams: [], jkt: await jkt() })],
    ['of another team', async () => ({ teams: ['Platform', 'platform '], jkt: await jkt() })],
    ['whose proof is bound to no gateway', async () => ({ teams: ['platform'] })],
    ['whose proof is bound to another gateway', async () => ({ teams: ['platform'], jkt: 'A'.repeat(43) })],
    ['who is another person with a proof of before', async () => ({ sub: 'nils' })],
  ])('counts for nobody %s', async (_who, proof) => {
    const made = await proof();
    await program(forPlatform, { sub: `somebody-${revision}`, ...made });
    expect(await isAllowed('gcr.io')).toBe(false);
    expect((await gateway.query('gcr.io')).rcode).toBe(NXDOMAIN);
  });

  it('ends with membership of the team, and no older proof brings it back', async () => {
    const key = await jkt();
    const before = await gateway.signer.membership({
      sub: 'lea',
      teams: ['platform'],
      cnf: { jkt: key },
      iat: now() - 60,
    });
    revision += 1;
    const policy = await gateway.signer.policy({ revision, grants: forPlatform });
    await gateway.programFiles(policy, before);
    expect(await isAllowed('gcr.io')).toBe(true);

    await gateway.programFiles(policy, await gateway.signer.membership({ sub: 'lea', cnf: { jkt: key } }));
    expect(await isAllowed('gcr.io')).toBe(false);
    // Accepted, as somebody with two agents may offer either, but the newer proof stays.
    await gateway.programFiles(policy, before);
    expect(await isAllowed('gcr.io')).toBe(false);
    // With somebody else's proof in between there is no newer one at hand; and a restart forgets nothing.
    await gateway.programFiles(policy, await gateway.signer.membership({ sub: 'ole' }));
    await gateway.halt('SIGKILL');
    await gateway.start();
    expect(await refusalOf(gateway.programFiles(policy, before))).toBe('membership-superseded');
    expect(await isAllowed('gcr.io')).toBe(false);
    // Her proof of today still makes her a member.
    const today = await gateway.signer.membership({
      sub: 'lea',
      teams: ['platform'],
      cnf: { jkt: key },
      iat: now() + 1,
    });
    await gateway.programFiles(policy, today);
    expect(await isAllowed('gcr.io')).toBe(true);
  });

  it('cuts the download under way when its member leaves the team', async () => {
    const key = await jkt();
    const grants = [{ address: `${here}:${port}`, teams: ['platform'] }];
    await program(grants, { sub: 'pia', teams: ['platform'], jkt: key });
    const download: { status: number; socket: Socket } = await gateway.connect(`${here}:${port}`);
    expect(download.status).toBe(200);
    const closed = once(download.socket, 'close');
    await program(grants, { sub: 'pia', teams: [], jkt: key, iat: now() + 1 });
    await closed;
  });

  it('lasts longer with a renewed proof, which is no other generation', async () => {
    const key = await jkt();
    revision += 1;
    const policy = await gateway.signer.policy({ revision, grants: forPlatform });
    const proofUntil = (exp: number, iat: number) =>
      gateway.signer.membership({ sub: 'rosa', teams: ['platform'], cnf: { jkt: key }, iat, exp });
    const first = now() + 3;
    await gateway.programFiles(policy, await proofUntil(first, now() - 5));
    const { generation } = await gateway.status();
    const renewedUntil = now() + HOUR;
    await gateway.programFiles(policy, await proofUntil(renewedUntil, now()));
    await expect.poll(() => now(), { interval: 100 }).toBeGreaterThan(first);
    expect((await gateway.query('gcr.io')).rcode).toBe(NOERROR);
    expect((await gateway.status()).generation).toBe(generation);
  });
});
