import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../../main/agent/agent-state.ts';
import { buildSnapshot } from '../../../main/agent/snapshot-builder.ts';
import { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { agentState } from '../../support/agent-state.ts';
import { gatewayStatus, programmed } from '../../support/gateway-status.ts';
import { managed, NOW, policy, problem, sessions } from '../../support/snapshots.ts';

const build = (change: Partial<AgentState>): Snapshot => buildSnapshot({ ...agentState, ...change });
const up = (status: Partial<typeof gatewayStatus>): AgentState['link'] => ({
  kind: 'up',
  status: { ...gatewayStatus, ...status },
  connection: 1,
});

/** The gateway's account of `policy`: without the contact. */
const { contact: _contact, ...shown } = policy;

describe('a snapshot', () => {
  it('is green where a member’s policy is in force and proven, and fits its schema', () => {
    const snapshot = build({});
    expect(Snapshot.parse(snapshot)).toEqual(snapshot);
    expect(snapshot).toMatchObject({
      state: { id: 'enforcing', look: 'green' },
      filter: { kind: 'verified' },
      walls: { dns: { kind: 'proven' }, proxy: { kind: 'proven' } },
      gateway: { connected: true, generation: 9, dns: ['10.200.0.1:53'], problem: null },
      deniedToday: 4,
      denialsVersion: '9',
    });
  });

  it('holds no keys', () => {
    const { managed: shown } = build({});
    expect(shown).toMatchObject({ hub: 'https://hub.acme.example', keysPinned: true, locked: [] });
    expect(JSON.stringify(shown)).not.toContain('Ed25519');
    expect(build({ managed: managed.absent }).managed?.keysPinned).toBe(false);
  });

  it('has no policy while nobody knows who is signed in', () => {
    expect(build({ session: null })).toMatchObject({ policy: null, state: { id: 'starting' } });
  });

  it('shows why the gateway is away, or what it refused last', () => {
    expect(build({ link: { kind: 'down', problem } }).gateway).toMatchObject({
      ...{ connected: false, generation: null, version: null, dns: [], proxy: [], upstreams: [], problem },
    });
    expect(build({ link: up({ lastRefusal: problem }) }).gateway).toMatchObject({ connected: true, problem });
  });

  it('calls a policy expired that the gateway has seen expire, whatever the clock here says', () => {
    const inForce = { kind: 'deny' as const, reason: 'policy-expired' as const, organizations: ['acme'], detail: '' };
    expect(build({ link: up({ inForce }) })).toMatchObject({
      policy: { kind: 'expired' },
      state: { id: 'locked', cause: 'policy-expired' },
    });
    const other = { ...programmed, digest: 'b'.repeat(64) };
    expect(build({ link: up({ inForce, policy: other }) }).policy?.kind).toBe('fresh');
  });

  it('shows the policy in force where the cache is empty, unless it is of another organization', () => {
    const empty = { ...agentState.policy, held: null };
    expect(build({ policy: empty }).policy).toEqual({ kind: 'fresh', policy: shown });
    const session = { ...sessions['signed-in'], org: 'globex' } as AgentState['session'];
    expect(build({ policy: empty, session }).policy?.kind).toBe('none');
  });

  it('shows what the gateway refused only as long as that is what it is to be told', () => {
    const link = up({ lastRefusal: problem });
    const pending = { kind: 'program', policy: {} as never } as const;
    const refused = build({ link, programmer: { ...agentState.programmer, pending, refusal: problem } });
    expect(refused.policy).toEqual({ kind: 'rejected', problem, policy: shown });
    expect(build({ link, programmer: { ...agentState.programmer, pending } }).policy?.kind).toBe('fresh');
    const locking = { kind: 'lock', reason: 'no-policy' } as const;
    const programmer = { ...agentState.programmer, pending: locking, refusal: problem };
    expect(build({ link, programmer }).policy?.kind).toBe('fresh');
  });

  it('does not take a proof for good while the gateway allows what should be blocked', () => {
    const missing = { ...agentState.policy, held: null, membership: null, since: NOW - 30_000 };
    const inForce = { kind: 'open' as const, reason: 'not-managed' as const };
    const unmanaged = { managed: managed.absent, link: up({ inForce, policy: null }) };
    // No policy has come in time, so the gateway is about to be locked.
    expect(build({ ...unmanaged, policy: missing }).filter).toEqual({ kind: 'applying', revision: null });
    // A policy is held, and about to be programmed.
    expect(build(unmanaged).filter).toEqual({ kind: 'applying', revision: null });
    const signedOut = { ...unmanaged, session: sessions['signed-out'], policy: missing };
    expect(build(signedOut).filter).toMatchObject({ kind: 'verified' });
    const unusable = { ...managed.malformed, settings: agentState.managed.settings };
    expect(build({ managed: unusable }).filter).toEqual({ kind: 'applying', revision: null });
  });

  it('reports two configurations only if they differ for longer than both take to read', () => {
    const codes = (monotonic: number): string[] =>
      build({ disagreesSince: 1_000, now: { wall: NOW, monotonic } }).health.map(({ code }) => code);
    expect(codes(16_000)).not.toContain('configuration-differs');
    expect(codes(16_001)).toContain('configuration-differs');
  });

  it('warns of keys that are not pinned only where somebody is held to them', () => {
    const unmanaged = { ...managed.absent, settings: {} };
    const codes = (session: AgentState['session']): string[] =>
      build({ managed: unmanaged, session }).health.map(({ code }) => code);
    expect(codes(sessions.offline)).toContain('key-not-pinned');
    expect(codes(sessions['signed-out'])).not.toContain('key-not-pinned');
  });

  it('has the age of a policy counted by its own interval', () => {
    const managedEvery = (refreshMinutes?: number) => ({
      ...agentState.managed,
      settings: { ...agentState.managed.settings, ...(refreshMinutes === undefined ? {} : { refreshMinutes }) },
    });
    const quiet = { ...agentState.policy, sync: { ...agentState.policy.sync, lastContact: NOW - 31 * 60_000 } };
    expect(build({ policy: quiet, managed: managedEvery() }).policy?.kind).toBe('stale');
    expect(build({ policy: quiet, managed: managedEvery(60) }).policy?.kind).toBe('fresh');
  });

  it('takes no resolver of another port for the filter’s', () => {
    const machine = agentState.machine && {
      ...agentState.machine,
      daemon: { dns: ['10.200.0.1'], mirrors: [] },
    };
    const engineDns = (dns: string): string | undefined =>
      build({
        machine,
        link: up({ listeners: { dns: { engine: [dns], workload: [] }, proxy: [] } }),
      }).caveats.find(({ code }) => code === 'engine-dns')?.applies;
    expect(engineDns('10.200.0.1:53')).toBe('no');
    expect(engineDns('10.200.0.1:5353')).toBe('yes');
  });

  it('says that a sign-out ends restrictions only where no file, good or bad, enforces the sign-in', () => {
    const applies = (config: AgentState['managed']) =>
      build({ managed: config }).caveats.find(({ code }) => code === 'sign-out')?.applies;
    expect(Object.values(managed).map((config) => [config.verdict, applies(config)])).toEqual([
      ['present', 'no'],
      ['absent', 'yes'],
      ['unreadable', 'no'],
      ['malformed', 'no'],
    ]);
  });

  it('shows a limited number of resolvers', () => {
    const upstream = { domain: null, state: 'answering', since: NOW, lastError: null } as const;
    const upstreams = Array.from({ length: 40 }, (_, index) => ({ ...upstream, address: `192.0.2.${index}:53` }));
    expect(build({ link: up({ upstreams }) }).gateway.upstreams).toHaveLength(32);
  });
});
