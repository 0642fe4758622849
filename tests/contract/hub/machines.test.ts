import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeId, codeProof, normalizeCode } from '../../../main/platform/enrolment/enrolment-code.ts';
import {
  MachineDetails,
  MachinesEnrolled,
  MachinesPage,
  MachinesSummary,
  MadeCodes,
  OpenCodes,
} from '../../../shared/schemas/hub/machines.ts';
import { SettingsPreview } from '../../../shared/schemas/hub/registry-access.ts';
import { ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import {
  forgetPasswords,
  GOOD_PASSWORD,
  type PeopleClient,
  peopleClient,
  setPassword,
} from '../../support/hub-people.ts';
import { type ReportingAgent, reportingAgent } from '../../support/machine-client.ts';
import { type SigningGateway, signingGateway } from '../../support/signing-gateway.ts';

let hub: TestHub;
let olivia: PeopleClient;
let ada: PeopleClient;
let mia: ReportingAgent;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }],
    users: [
      { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      { username: 'ada', organizations: [{ name: 'acme', role: 'auditor' }] },
      { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
    ],
  });
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  ada = peopleClient(hub, 'acme', await hub.signIn('ada'));
  mia = reportingAgent(hub, 'acme', await hub.signIn('mia'));
});
afterAll(() => hub.stop());

const newGateway = (): Promise<SigningGateway> => signingGateway(hub.url);
const details = (id: string): Promise<MachineDetails> => ada.get(MachineDetails, 'GET', `machines/${id}`);
const enrol = (...thumbprints: string[]): Promise<MachinesEnrolled> =>
  olivia.get(MachinesEnrolled, 'POST', 'machines/enrolments', { thumbprints });

describe('a machine', () => {
  it('is unverified until root’s thumbprint is enrolled, and then what it proves', async () => {
    const gateway = await newGateway();
    const first = await mia.report(gateway);
    expect(first).toMatchObject({ id: gateway.jkt, state: 'unverified', missing: [{ code: 'machine-not-enrolled' }] });
    expect(await enrol(gateway.jkt)).toEqual({ enrolled: 1, known: 0 });
    expect((await details(gateway.jkt)).state).toBe('enforcing');
    const answer = await mia.report(gateway, { attachment: null });
    expect(answer).toMatchObject({ state: 'not-enforcing', missing: [{ code: 'machine-not-attached' }] });
    // The nonce of the answer is as good as one that was asked for.
    expect(await mia.reportOutcome(await gateway.sign({ nonce: answer.next.nonce }))).toBe('200');
    expect((await details(gateway.jkt)).state).toBe('enforcing');
  });

  it('is found by the twelve characters that support reads out', async () => {
    const gateway = await newGateway();
    await mia.report(gateway);
    const short = gateway.jkt.slice(0, 12);
    expect((await details(short)).id).toBe(gateway.jkt);
    const { items, total } = await ada.get(MachinesPage, 'GET', `machines?q=${short}`);
    expect([items[0]?.id, total]).toEqual([gateway.jkt, 1]);
    expect(await ada.outcome('GET', `machines/${'x'.repeat(12)}`)).toBe('404 machine-unknown');
  });

  it('enrols itself by a code that only root has', async () => {
    const made = await olivia.get(MadeCodes, 'POST', 'machines/codes', { count: 2, hours: 1 });
    expect(made.codes).toHaveLength(2);
    const code = normalizeCode(made.codes[0] ?? '') ?? '';
    const gateway = await newGateway();
    const proof = codeProof(code, { jkt: gateway.jkt, aud: hub.url, org: 'acme' });
    expect(await mia.report(gateway, { enrolment: { id: codeId(code), proof } })).toMatchObject({ state: 'enforcing' });
    expect(await ada.get(OpenCodes, 'GET', 'machines/codes')).toEqual({ open: 1, used: 1, expiresAt: made.expiresAt });
    expect(await olivia.outcome('DELETE', 'machines/codes')).toBe('204');
    expect(await ada.get(OpenCodes, 'GET', 'machines/codes')).toEqual({ open: 0, used: 1, expiresAt: null });
  });

  it('is forgotten by an owner, and begins anew', async () => {
    const gateway = await newGateway();
    await enrol(gateway.jkt);
    await mia.report(gateway);
    expect(await olivia.outcome('DELETE', `machines/${gateway.jkt}`)).toBe('204');
    expect(await ada.outcome('GET', `machines/${gateway.jkt}`)).toBe('404 machine-unknown');
    expect((await mia.report(gateway)).state).toBe('unverified');
  });

  it('is outdated by the revision that it last reported', async () => {
    const gateway = await newGateway();
    await enrol(gateway.jkt);
    expect((await mia.report(gateway, { revision: 1 })).state).toBe('enforcing');
    await hub.putSettings('acme', { contact: 'it@acme.example' });
    // Two sync intervals have not passed yet.
    expect((await mia.report(gateway, { revision: 1 })).state).toBe('enforcing');
  });

  it('is named with whoever brought its receipts, and no more than that once they are gone', async () => {
    const guest = await olivia.invite('guest');
    await setPassword(guest.invitation?.url ?? '');
    const agent = reportingAgent(hub, 'acme', await hub.signIn('guest', GOOD_PASSWORD));
    const gateway = await newGateway();
    await agent.report(gateway);
    expect((await details(gateway.jkt)).person?.username).toBe('guest');
    expect(await olivia.outcome('DELETE', `people/${guest.person.sub}`)).toBe('200');
    const { person, people } = await details(gateway.jkt);
    expect(person?.username).toMatch(/^person#/);
    expect(JSON.stringify([person, people])).not.toContain('guest');
  });
});

describe('what administrators see', () => {
  it('is summed up, exported as CSV, and in the activity', async () => {
    const summary = await ada.get(MachinesSummary, 'GET', 'machines/summary');
    const { items } = await ada.get(MachinesPage, 'GET', 'machines?limit=500');
    expect(items).toHaveLength(summary.total);
    expect(summary.policy).toMatchObject({ enabled: true, mode: 'enforce' });

    const response = await ada.call('GET', 'machines/export?state=unverified');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="machines-acme.csv"');
    const lines = (await response.text()).trim().split('\r\n');
    expect(lines[0]).toContain('system (not signed)');
    expect(lines.filter((line) => line.includes('unverified'))).toHaveLength(summary.states.unverified);

    const activity = await ada.get(ActivityPage, 'GET', 'activity?action=machine.');
    expect(new Set(activity.items.map(({ action }) => action))).toEqual(
      new Set(['machine.enrolled', 'machine.codes-created', 'machine.codes-revoked', 'machine.forgotten']),
    );
    const codes = activity.items.find(({ action }) => action === 'machine.codes-created');
    expect(codes?.changes[0]).toMatch(/^made 2 enrolment codes, until 20/);
  });

  it.each(['state=green', 'sort=luck', 'limit=0', 'limit=501'])(
    'is not filtered by what is no filter: %s',
    async (query) => {
      expect(await ada.outcome('GET', `machines?${query}`)).toBe('400 filter-invalid');
    },
  );
});

describe('a preview', () => {
  const preview = (registries: string[]): Promise<SettingsPreview> =>
    olivia.get(SettingsPreview, 'POST', 'registry-access/settings/preview', {
      ...{ enabled: true, mode: 'enforce' },
      registries: registries.map((address) => ({ address })),
    });

  it('says whom a draft affects by what machines reported, and that nobody knows where none did', async () => {
    expect((await preview(['docker.io'])).usage).toBeNull();
    const gateway = await newGateway();
    const at = new Date().toISOString();
    const seen = (host: string, blocked: number) => ({ host, count: 2, blocked, firstAt: at, lastAt: at });
    const hosts = [seen('auth.docker.io', 0), seen('registry-1.docker.io', 0), seen('gcr.io', 2)];
    await mia.report(gateway, {}, { hosts });
    const max = reportingAgent(hub, 'acme', await hub.signIn('ada'));
    await max.report(await newGateway(), {}, { hosts: [seen('gcr.io', 1)] });
    const { usage } = await preview(['gcr.io']);
    expect(usage).toMatchObject({
      ...{ days: 30, machines: 2 },
      newlyBlocked: { people: 1, machines: 1, more: 0 },
      newlyAllowed: { people: 2, machines: 2, hosts: [{ host: 'gcr.io', people: 2, machines: 2 }] },
    });
    expect(usage?.newlyBlocked.hosts.map(({ host }) => host)).toEqual(['auth.docker.io', 'registry-1.docker.io']);
    expect((await preview(['docker.io'])).usage).toMatchObject({ newlyBlocked: { people: 0, hosts: [] } });
    // The requests' queue counts the same.
    const blocked = await ada.call('GET', 'requests/blocked');
    expect(JSON.stringify(await blocked.json())).toContain('gcr.io');
  });
});

describe('enrolling', () => {
  it.each([
    ['machines/enrolments', { thumbprints: [] }, '422 thumbprints-invalid'],
    ['machines/enrolments', { thumbprints: ['x'] }, '422 thumbprints-invalid'],
    ['machines/enrolments', { thumbprints: ['x'.repeat(43)], how: 'code' }, '422 thumbprints-invalid'],
    ['machines/codes', { count: 0, hours: 1 }, '422 codes-invalid'],
    ['machines/codes', { count: 1001, hours: 1 }, '422 codes-invalid'],
    ['machines/codes', { count: 1, hours: 721 }, '422 codes-invalid'],
  ])('says what is wrong: POST %s %j', async (path, body, outcome) => {
    expect(await olivia.outcome('POST', path, body)).toBe(outcome);
  });

  it('takes a fresh sign-in of an owner', async () => {
    expect(await ada.outcome('POST', 'machines/codes', { count: 1, hours: 1 })).toBe('403 not-an-owner');
    await forgetPasswords(hub);
    const thumbprints = ['x'.repeat(43)];
    expect(await olivia.outcome('POST', 'machines/enrolments', { thumbprints })).toBe('403 fresh-sign-in-required');
    expect(await olivia.outcome('POST', 'machines/codes', { count: 1, hours: 1 })).toBe('403 fresh-sign-in-required');
  });
});
