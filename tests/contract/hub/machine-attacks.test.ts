import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeId, codeProof, normalizeCode } from '../../../main/platform/enrolment/enrolment-code.ts';
import { MachineDetails, MachinesSummary, MadeCodes } from '../../../shared/schemas/hub/machines.ts';
import { ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { GOOD_PASSWORD, type PeopleClient, peopleClient, setPassword } from '../../support/hub-people.ts';
import { type ReportingAgent, reportingAgent, UNSIGNED } from '../../support/machine-client.ts';
import { enforcingClaims, type SigningGateway, signingGateway } from '../../support/signing-gateway.ts';
import { slowCall } from '../../support/slow-call.ts';

let hub: TestHub;
let olivia: PeopleClient;
let mia: ReportingAgent;
let max: ReportingAgent;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [
      { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      {
        username: 'mia',
        organizations: [
          { name: 'acme', role: 'member' },
          { name: 'globex', role: 'member' },
        ],
      },
      { username: 'max', organizations: [{ name: 'acme', role: 'member' }] },
    ],
  });
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  mia = reportingAgent(hub, 'acme', await hub.signIn('mia'));
  max = reportingAgent(hub, 'acme', await hub.signIn('max'));
});
afterAll(() => hub.stop());

/** Enrolled, and it has proven that it enforces. */
let gateway: SigningGateway;
beforeEach(async () => {
  gateway = await signingGateway(hub.url);
  await olivia.call('POST', 'machines/enrolments', { thumbprints: [gateway.jkt] });
  expect((await mia.report(gateway)).state).toBe('enforcing');
});
const details = (id = gateway.jkt): Promise<MachineDetails> => olivia.get(MachineDetails, 'GET', `machines/${id}`);
const seconds = (): number => Math.floor(Date.now() / 1000);

describe('a receipt', () => {
  it('cannot be replayed: not by the person who sent it, nor by another, nor after a restart', async () => {
    const receipt = await gateway.sign({ nonce: await mia.nonce() });
    expect(await mia.reportOutcome(receipt)).toBe('200');
    expect(await mia.reportOutcome(receipt)).toBe('422 receipt-nonce-used');
    expect(await max.reportOutcome(receipt)).toBe('422 receipt-nonce-used');
    await hub.halt('SIGKILL');
    await hub.start();
    expect(await mia.reportOutcome(receipt)).toBe('422 receipt-nonce-used');
  });

  it('sent many times at once counts once', async () => {
    const receipt = await gateway.sign({ nonce: await mia.nonce() });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => mia.reportOutcome(receipt)));
    expect(outcomes.filter((outcome) => outcome === '200')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === '422 receipt-nonce-used')).toHaveLength(9);
  });

  it('for the nonce of another person proves nothing of this one', async () => {
    expect(await max.reportOutcome(await gateway.sign({ nonce: await mia.nonce() }))).toBe('422 receipt-nonce-used');
  });

  it('for a nonce of another organization counts in neither', async () => {
    const elsewhere = reportingAgent(hub, 'globex', await hub.signIn('mia'));
    const nonce = await elsewhere.nonce();
    expect(await mia.reportOutcome(await gateway.sign({ nonce }))).toBe('422 receipt-nonce-used');
    expect(await elsewhere.reportOutcome(await gateway.sign({ nonce }))).toBe('422 receipt-other-organization');
  });

  it.each([
    ['another hub', { aud: 'https://hub.evil.example' }, '422 receipt-other-hub'],
    ['this hub, spelled otherwise', { aud: 'http://LOCALHOST' }, '422 receipt-other-hub'],
    ['another organization', { org: 'globex' }, '422 receipt-other-organization'],
    ['an hour ago', { iat: seconds() - 3600 }, '422 receipt-clock-wrong'],
    ['tomorrow', { iat: seconds() + 86_400 }, '422 receipt-clock-wrong'],
    ['a nonce that it made itself', { nonce: 'AAAA' }, '422 receipt-nonce-used'],
  ])('for %s is not taken', async (_name, claims, outcome) => {
    const before = await details();
    expect(await mia.reportOutcome(await gateway.sign({ nonce: await mia.nonce(), ...claims }))).toBe(outcome);
    expect(await details()).toEqual(before);
  });

  it('in the name of a machine whose key somebody does not have is not taken', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const { kty, crv, x, y } = await exportJWK(publicKey);
    const payload = enforcingClaims(seconds(), { iss: gateway.jkt, aud: hub.url, nonce: await mia.nonce() });
    const forged = await new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'ES256', typ: 'registry-receipt+jwt', jwk: { kty: kty ?? '', crv, x, y } as never })
      .sign(privateKey);
    expect(await mia.reportOutcome(forged)).toBe('422 receipt-invalid');
    const [header, body] = forged.split('.');
    expect(await mia.reportOutcome(`${header}.${body}.`)).toBe('422 receipt-invalid');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'registry-receipt+jwt' })).toString('base64url');
    expect(await mia.reportOutcome(`${none}.${body}.`)).toBe('422 receipt-invalid');
  });
});

describe('a gateway that a user runs', () => {
  it('is never green: its key is not enrolled, whatever it says', async () => {
    const own = await signingGateway(hub.url);
    const claims = { account: 'root', uid: 0, place: 'system' } as const;
    expect(await max.report(own, claims)).toMatchObject({ state: 'unverified' });
    const summary = await olivia.get(MachinesSummary, 'GET', 'machines/summary');
    expect(summary.states.unverified).toBeGreaterThan(0);
  });

  it.each([
    ['from a trial folder', { place: 'trial' }],
    ['in a user’s account', { account: 'user', uid: 1000 }],
    ['in nobody knows whose account', { account: 'unknown', uid: 1000 }],
  ] as const)('is not green where it is enrolled and honest: %s', async (_name, claims) => {
    expect((await mia.report(gateway, claims)).state).toBe('not-enforcing');
  });

  it('cannot take over the code of another: what passes through the user’s agent is of no use', async () => {
    const made = await olivia.get(MadeCodes, 'POST', 'machines/codes', { count: 1, hours: 1 });
    const code = normalizeCode(made.codes[0] ?? '') ?? '';
    const enrolment = { id: codeId(code), proof: codeProof(code, { jkt: gateway.jkt, aud: hub.url, org: 'acme' }) };
    const own = await signingGateway(hub.url);
    expect(await max.report(own, { enrolment })).toMatchObject({
      state: 'unverified',
      missing: [{ code: 'machine-not-enrolled' }, { code: 'machine-code-void' }],
    });
  });
});

describe('a cloned key', () => {
  it('is flagged, is green on neither machine, and is in the activity', async () => {
    const clone = { machine: crypto.randomUUID() };
    expect((await max.report(gateway, clone)).missing.map(({ code }) => code)).toContain('machine-cloned');
    expect(await mia.report(gateway)).toMatchObject({ state: 'unverified', missing: [{ code: 'machine-cloned' }] });
    expect(await details()).toMatchObject({ cloned: true, state: 'unverified' });
    const { items } = await olivia.get(ActivityPage, 'GET', 'activity?action=machine.cloned');
    expect(items[0]?.changes[0]).toBe(`saw the key of ${gateway.jkt.slice(0, 12)} on two machines`);
    // Until an owner forgets it.
    await olivia.call('DELETE', `machines/${gateway.jkt}`);
    await olivia.call('POST', 'machines/enrolments', { thumbprints: [gateway.jkt] });
    expect((await mia.report(gateway)).state).toBe('enforcing');
  });
});

describe('the part that nobody signed', () => {
  it('makes no machine green, and is told apart from what was signed', async () => {
    const forged = { ...UNSIGNED, state: 'enforcing', attachment: { kind: 'audited' }, effective: { kind: 'policy' } };
    await mia.report(gateway, { attachment: null }, forged);
    const { state, receipt, unsigned } = await details();
    expect(state).toBe('not-enforcing');
    expect(receipt).toMatchObject({ attachment: null });
    expect(unsigned).toEqual({ ...UNSIGNED, reportsHosts: false });
  });

  it.each([
    ['lines in the system', { system: 'Debian\r\nX-Header: 1' }],
    ['a system that steers a terminal', { system: '\u001b]0;owned\u0007' }],
    ['a system that reads backwards', { system: 'Debian \u202e21' }],
    ['a system of a megabyte', { system: 'x'.repeat(201) }],
    ['caveats that are no codes', { caveats: ['<script>'] }],
    ['a hundred and one caveats', { caveats: Array(101).fill('a') }],
    [
      'more hosts than fit',
      {
        hosts: Array(201).fill({
          host: 'gcr.io',
          count: 1,
          blocked: 0,
          firstAt: '2026-01-01T00:00:00Z',
          lastAt: '2026-01-01T00:00:00Z',
        }),
      },
    ],
    ['no time', { hosts: [{ host: 'gcr.io', count: 1, blocked: 0, firstAt: 'x', lastAt: 'x' }] }],
    ['no agent', { agentVersion: undefined }],
  ])('is not taken with %s', async (_name, part) => {
    const receipt = await gateway.sign({ nonce: await mia.nonce() });
    expect(await mia.reportOutcome(receipt, { ...UNSIGNED, ...part })).toBe('422 machine-report-invalid');
    // And used up nothing.
    expect(await mia.reportOutcome(receipt)).toBe('200');
  });

  it('steers no spreadsheet: what begins a formula is text', async () => {
    const formula = '=HYPERLINK("https://evil.example","click")';
    await mia.report(gateway, {}, { system: formula, agentVersion: '@SUM(A1)' });
    const csv = await (await olivia.call('GET', `machines/export?q=${gateway.jkt}`)).text();
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"",""click"")"`);
    expect(csv).toContain(`'@SUM(A1)`);
    expect(csv).not.toMatch(/(^|,)"?[=@]/m);
  });

  it.each(['announced', 'in pieces'] as const)('of ten megabytes, %s, is refused in words', async (how) => {
    const body = JSON.stringify({ receipt: 'x', unsigned: { ...UNSIGNED, filler: 'x'.repeat(10 * 1024 * 1024) } });
    const { port, host } = new URL(hub.url);
    const length =
      how === 'announced'
        ? `Content-Length: ${body.length}`
        : `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}`;
    const head = [
      'POST /v1/orgs/acme/machines/reports HTTP/1.1',
      `Host: ${host}`,
      `Authorization: Bearer ${await hub.signIn('mia')}`,
      'Content-Type: application/json',
      length,
    ].join('\r\n');
    const socket = connect(Number(port), '127.0.0.1');
    // Like many clients, it reads once all was sent.
    await promisify<string, void>((sent, done) => socket.write(sent, done))(
      how === 'announced' ? `${head}\r\n\r\n${body}` : `${head}\r\n${body}\r\n0\r\n\r\n`,
    );
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answers = await text(socket);
    expect(answers).toMatch(/^HTTP\/1\.1 413 /);
    expect(answers).toContain('"code":"body-too-large"');
    // The connection serves the next request.
    expect(answers).toContain('{"status":"ok"}');
  });
});

describe('reporting', () => {
  it('ends with the membership, also while the report is on its way', async () => {
    const guest = await olivia.invite('leaver');
    await setPassword(guest.invitation?.url ?? '');
    const token = await hub.signIn('leaver', GOOD_PASSWORD);
    const agent = reportingAgent(hub, 'acme', token);
    const body = JSON.stringify({ receipt: await gateway.sign({ nonce: await agent.nonce() }), unsigned: UNSIGNED });
    const url = `${hub.url}/v1/orgs/acme/machines/reports`;
    const status = await slowCall({ method: 'POST', url, token, body }, async () => {
      expect(await olivia.outcome('DELETE', `people/${guest.person.sub}`)).toBe('200');
    });
    expect(status).toBe(403);
    expect((await details()).person?.username).toBe('mia');
  });

  it('is bounded for each person: a loop that reports keeps the hub no busier than others', async () => {
    const outcomes = await Promise.all(Array.from({ length: 140 }, () => max.outcome('POST', 'machines/reports', {})));
    expect(outcomes.filter((outcome) => outcome === '429 too-many-changes').length).toBeGreaterThan(10);
    expect((await mia.report(gateway)).state).toBe('enforcing');
  });
});
