import { describe, expect, it } from 'vitest';
import { checksOf, checksWithoutAgent } from '../../../main/cli/doctor-checks.ts';
import { problem as catalogued } from '../../../shared/problems/catalogue.ts';
import { isInOrder, StateId } from '../../../shared/state/derive-state.ts';
import {
  allGood,
  engines,
  inputsFor,
  keptSession,
  managed,
  NOW,
  policies,
  problem,
  sessions,
  snapshotOf,
} from '../../support/snapshots.ts';

const failures = (...of: Parameters<typeof snapshotOf>) =>
  checksOf(snapshotOf(...of)).flatMap(({ name, outcome, command }) => (outcome === 'failed' ? [[name, command]] : []));

describe('the doctor', () => {
  it('finds nothing where everything is as it should be', () => {
    const checks = checksOf(snapshotOf(allGood));
    expect(checks.map(({ outcome }) => outcome)).toEqual(checks.map(() => 'ok'));
    expect(checks).toHaveLength(7);
  });

  it('can say of a machine without an agent only that', () => {
    const reason = catalogued('agent-not-running');
    expect(checksWithoutAgent(reason)).toEqual([
      { name: 'Portcullis is running', outcome: 'failed', problem: reason, command: 'portcullis agent run' },
    ]);
  });

  it.each([
    ['a malformed configuration', { managed: managed.malformed }, 'portcullis managed-config check'],
    ['nobody signed in', { session: sessions['signed-out'], policy: policies['none at all'] }, 'portcullis sign-in'],
    ['the wrong organization', { session: sessions['wrong-organization'] }, 'portcullis sign-in'],
    [
      'a missing policy key',
      { managed: { ...managed.present, settings: {} }, session: sessions['signed-out'] },
      'portcullis managed-config check',
    ],
    ['a list that names the wrong one', { session: keptSession }, 'portcullis managed-config check'],
    ['an expired policy', { policy: policies.expired }, 'portcullis sync'],
  ])('names for %s a command to copy', (_what, change, command) => {
    expect(failures({ ...allGood, ...change }).map(([, copied]) => copied)).toContain(command);
  });

  it('names the gateway that is away, and skips what only it could show', () => {
    const { gateway } = snapshotOf(allGood);
    const away = { ...gateway, connected: false, problem: null };
    expect(failures(allGood, { gateway: away })).toEqual([['The gateway is running', 'portcullis gateway status']]);
  });

  it('tells a wall that is not proven from one that is not in use', () => {
    const wall = { kind: 'proven', at: NOW, generation: 9 } as const;
    const why = problem;
    const walls = { dns: { kind: 'unproven', why }, proxy: { kind: 'not-in-use', why } } as const;
    expect(failures(allGood, { walls })).toEqual([['The DNS filter blocks a test name', 'portcullis status --check']]);
    expect(failures(allGood, { walls: { dns: wall, proxy: wall } })).toEqual([]);
  });

  it('names an engine that runs and is not attached, and the command that attaches it', () => {
    const [docker, podman, buildkit, desktop] = engines;
    if (!docker || !podman || !buildkit || !desktop) throw new Error('an engine is missing');
    const check = 'Each engine that runs is attached';
    expect(failures(allGood, { engines: [docker, podman, buildkit] })).toEqual([]);
    expect(failures(allGood, { engines: [docker, { ...buildkit, running: true }] })).toEqual([
      [check, 'sudo portcullis engine attach'],
    ]);
    expect(failures(allGood, { engines: [desktop] })).toEqual([[check, null]]);
  });

  it('repeats warnings, and not mere notes', () => {
    const entry = { ...problem, forbidsGreen: false };
    expect(failures({ ...allGood, health: [{ ...entry, severity: 'info' }] })).toEqual([]);
    expect(failures({ ...allGood, health: [{ ...entry, severity: 'warning' }] })).toHaveLength(1);
  });

  it.each(StateId.options)('never finds everything well where `status` does not: %s', (id) => {
    const snapshot = snapshotOf(inputsFor[id]);
    const found = checksOf(snapshot).some(({ outcome }) => outcome === 'failed');
    if (!isInOrder(snapshot)) expect(found).toBe(true);
    else expect(found).toBe(id === 'enforcing-stale');
  });
});
