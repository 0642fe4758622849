import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyReceipt } from '../../../shared/policy/verify-receipt.ts';
import { MachineReport, MachinesPage } from '../../../shared/schemas/hub/machines.ts';
import type { ReportingView } from '../../../shared/schemas/reporting.ts';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';

let test: TestAgent;
let olivia: PeopleClient;
/** Every body that was sent to the hub's reports, oldest first. */
let sent: string[];
/** What a user puts in the place of what their agent sends. */
let forge: ((body: string) => string) | null;
let isOldHub: boolean;

beforeAll(async () => {
  test = await startTestAgent({
    hub: {
      organizations: [{ name: 'acme' }],
      users: [
        { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
        { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
      ],
    },
  });
  test.intercept = async (url, request) => {
    if (!url.pathname.includes('/machines/')) return null;
    if (isOldHub) return new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
    if (request?.method !== 'POST') return null;
    const body = String(request.body);
    sent.push(body);
    return forge === null ? null : fetch(url, { ...request, body: forge(body) });
  };
  sent = [];
  forge = null;
  isOldHub = false;
  olivia = peopleClient(test.hub, 'acme', await test.hub.signIn('olivia'));
  await test.signIn('mia');
  await reporting(({ last }) => last !== null);
});
afterAll(() => test?.stop());

beforeEach(() => {
  forge = null;
  isOldHub = false;
});

async function reporting(fits: (view: ReportingView) => boolean): Promise<ReportingView> {
  const view = (await test.until(({ reporting }) => reporting !== null && fits(reporting))).reporting;
  if (view === null) throw new Error('no reporting');
  return view;
}

/** The agent starts again, and its first sync brings another report. */
async function startAgain(): Promise<void> {
  await test.stopAgent();
  sent = [];
  await test.startAgent();
}

async function reportAgain(): Promise<ReportingView> {
  const before = test.history.at(-1)?.reporting?.last?.at ?? 0;
  await startAgain();
  return reporting(({ last }) => (last?.at ?? 0) > before);
}

async function configure(settings: Record<string, unknown>): Promise<void> {
  const { keys } = await test.hub.policyKeys();
  const content = { hub: test.hub.url, policyKeys: { keys }, ...settings };
  await test.gateway.writeManaged('portcullis.json', JSON.stringify(content));
}

const machines = async () => (await olivia.get(MachinesPage, 'GET', 'machines')).items;

describe('a managed machine', () => {
  it('reports its state with the first sync, and shows the very bytes that the hub got', async () => {
    const { identity } = await test.gateway.status();
    const { level, shortId, last, problem } = await reporting((view) => view.last !== null);
    expect({ level, shortId, problem }).toEqual({ level: 'state', shortId: identity?.jkt.slice(0, 12), problem: null });
    expect(last).toMatchObject({ state: 'unverified', missing: expect.arrayContaining([expect.anything()]) });
    const shown = await test.agent.handlers['reports.last']({});
    expect(shown.sent).toEqual({
      ...{ at: last?.at, body: sent.at(-1) },
      url: `${test.hub.url}/v1/orgs/acme/machines/reports`,
    });
    const { receipt, unsigned } = MachineReport.parse(JSON.parse(shown.sent?.body ?? ''));
    expect(Object.keys(unsigned).sort()).toEqual(['agentVersion', 'caveats', 'system']);
    const verified = await verifyReceipt(receipt, { aud: test.hub.url, org: 'acme', now: Date.now() / 1000 });
    expect(verified).toMatchObject({ ok: true, value: { iss: identity?.jkt, place: 'trial', org: 'acme' } });
    expect(await machines()).toMatchObject([
      { id: identity?.jkt, state: 'unverified', person: { username: 'mia' }, unsigned: { system: unsigned.system } },
    ]);
  });

  it('run by a user in a folder does not count as enforcing, enrolled or not', async () => {
    const { identity } = await test.gateway.status();
    await olivia.outcome('POST', 'machines/enrolments', { thumbprints: [identity?.jkt] });
    const { last } = await reportAgain();
    expect(last?.state).toBe('not-enforcing');
    expect(last?.missing.map(({ code }) => code)).toContain('machine-trial');
  });

  it('is not believed where its user edits the receipt, or what was sent before', async () => {
    await reportAgain();
    const [earlier = ''] = sent;
    forge = (body) => {
      const report = MachineReport.parse(JSON.parse(body));
      const [header, payload = '', signature] = report.receipt.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
      const better = Buffer.from(JSON.stringify({ ...claims, place: 'system' })).toString('base64url');
      return JSON.stringify({ ...report, receipt: [header, better, signature].join('.') });
    };
    await startAgain();
    expect((await reporting(({ problem }) => problem !== null)).problem?.code).toBe('receipt-invalid');
    forge = () => earlier;
    await startAgain();
    expect((await reporting(({ problem }) => problem !== null)).problem?.code).toBe('receipt-nonce-used');
    // What was shown as sent is what the hub took.
    const shown = (await test.agent.handlers['reports.last']({})).sent;
    expect(shown?.body).toBe(earlier);
  });

  it('is not believed with the receipt of a gateway that the user runs beside it', async () => {
    const { startGateway } = await import('../../support/gateway.ts');
    const own = await startGateway({ registry: null, settings: null });
    try {
      const { identity } = await own.status();
      forge = () => forged;
      const { body } = await (
        await fetch(`${test.hub.url}/v1/orgs/acme/machines/nonce`, {
          headers: { authorization: `Bearer ${await test.hub.signIn('mia')}` },
        })
      )
        .json()
        .then(async ({ nonce }: { nonce: string }) => ({
          body: (await own.control.call('receipt', { aud: test.hub.url, org: 'acme', nonce })).receipt,
        }));
      const forged = JSON.stringify({ receipt: body, unsigned: { system: 'x', agentVersion: '0', caveats: [] } });
      await reportAgain();
      const found = (await machines()).find(({ id }) => id === identity?.jkt);
      expect(found).toMatchObject({ state: 'unverified', enrolled: null });
    } finally {
      await own.stop();
    }
  });

  it('reports hosts only where the administrator wants them, and never what containers asked for', async () => {
    await test.gateway.query('before.example');
    await configure({ reporting: 'hosts' });
    await expect
      .poll(async () => {
        await test.gateway.query('gcr.io');
        return (await test.gateway.control.call('hosts', {})).hosts.length;
      })
      .toBeGreaterThan(0);
    await test.gateway.query('workload.example', { view: 'workload' });
    await reportAgain();
    const { unsigned } = MachineReport.parse(JSON.parse(sent.at(-1) ?? ''));
    expect(unsigned.hosts?.map(({ host }) => host)).toEqual(['gcr.io']);
    expect(sent.at(-1)).not.toMatch(/workload|before/);
    await configure({});
    await test.until(({ reporting }) => reporting?.level === 'state');
    await reportAgain();
    expect(MachineReport.parse(JSON.parse(sent.at(-1) ?? '')).unsigned).not.toHaveProperty('hosts');
  });

  it('is as quiet as before at a hub that knows no reports', async () => {
    isOldHub = true;
    await startAgain();
    const { problem } = await reporting((view) => view.problem !== null);
    expect(problem?.code).toBe('reports-unknown-to-server');
    const { health, sync } = test.agent.snapshot();
    expect(health.filter(({ code }) => code.startsWith('report'))).toEqual([]);
    expect(sync.problem).toBeNull();
    expect(sent).toEqual([]);
  });

  it('sends nothing where the administrator has turned reports off', async () => {
    await configure({ reporting: 'off' });
    await test.until(({ reporting }) => reporting?.level === 'off');
    await startAgain();
    await test.until(({ state, sync }) => state.id === 'enforcing' && sync.lastContact !== null && !sync.running);
    await test.agent.handlers['sync.now']({});
    expect(sent).toEqual([]);
    await configure({});
  });

  it('leaves nothing of what was sent on the machine when the user signs out', async () => {
    await reportAgain();
    expect((await test.agent.handlers['reports.last']({})).sent).not.toBeNull();
    await test.agent.handlers['session.signOut']({});
    await reporting(({ last }) => last === null);
    expect((await test.agent.handlers['reports.last']({})).sent).toBeNull();
  });
});
