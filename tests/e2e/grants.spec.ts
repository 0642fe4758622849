import type { GrantRow } from '../../shared/schemas/ipc-schema.ts';
import { allOf } from '../support/panel-data.ts';
import { inputsFor, NOW, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

const HOUR = 3_600_000;
const row = (change: Partial<GrantRow>): GrantRow => ({
  ...{ address: 'gcr.io', nickname: null, known: null, until: null, teams: null, counts: true, problem: null },
  ...change,
});
const rows = [
  row({ known: 'Google Container Registry', until: NOW + 3 * HOUR }),
  row({ address: 'registry.example:5000', nickname: 'Trial registry', until: NOW + 77 * HOUR, teams: ['platform'] }),
  row({ address: 'quay.io', known: 'Quay', teams: ['design', 'sre'], counts: false }),
];
const enforcing = snapshotOf(inputsFor.enforcing);
const PROOF = { org: 'acme', iat: 1, exp: 2, since: NOW - HOUR, teams: ['platform'] };
const policy = enforcing.policy?.kind === 'fresh' ? enforcing.policy : null;
const ofPolicy = { kind: 'fresh', policy: { ...policy?.policy, grantCount: 3, voidGrants: 1 } } as typeof policy;

test('what is allowed for a time counts down, and says for whom', async ({ agent, panel, accessible }) => {
  agent.answer({ 'grants.list': allOf(rows) });
  agent.play({
    ...enforcing,
    policy: ofPolicy,
    gateway: { ...enforcing.gateway, generation: 77, membership: { ...PROOF, sub: 'mia' } },
  });
  await expect(panel.policy).toContainText('Temporary and team access3 registries');
  await expect(panel.policy).toContainText('1 entry cannot be read and has no effect');
  await expect(panel.policy).toContainText('Teams that count hereplatform');
  await panel.goTo('Registries');
  const grants = panel.page.getByRole('region', { name: 'Temporary and team access' });
  await expect(grants.getByRole('listitem')).toHaveCount(3);
  await expect(grants.getByRole('listitem').first()).toContainText('Ends in');
  await expect(grants.getByRole('listitem').nth(1)).toContainText('For team platform');
  await expect(grants.getByRole('listitem').nth(2)).toContainText('Not your team');
  await expect(grants.getByRole('listitem').nth(2)).toContainText('For teams design and sre');
  await accessible();
});

test('whoever does not decide about the teams here is told who does', async ({ agent, panel, accessible }) => {
  agent.answer({ 'grants.list': allOf(rows) });
  agent.play({
    ...enforcing,
    policy: ofPolicy,
    gateway: { ...enforcing.gateway, generation: 78, membership: { ...PROOF, sub: 'nils' } },
  });
  const told = 'Another person (nils) signed in on this machine after you. Access for teams follows their sign-in.';
  await expect(panel.policy).toContainText(told);
  await panel.goTo('Registries');
  await expect(panel.page.getByRole('region', { name: 'Temporary and team access' })).toContainText(told);
  await accessible();
});

test('nothing is shown where nothing is allowed beside the list', async ({ panel }) => {
  await panel.goTo('Registries');
  await expect(panel.registries).toBeVisible();
  await expect(panel.page.getByRole('region', { name: 'Temporary and team access' })).toHaveCount(0);
});

test('a check says until when and for which team, and what to use instead', async ({ agent, panel }) => {
  const host = (engine: object) => ({ host: 'gcr.io', port: null, engine, workload: engine });
  const answer = (engine: object, allowed: boolean) => async () =>
    ({
      ...{ subject: 'gcr.io', readAs: null, kind: 'host', registry: 'gcr.io', allowed, mayNeed: [] },
      ...{ hosts: [host(engine)], sentence: '', next: null, generation: 9 },
    }) as never;
  const granted = { allowed: true, reason: 'allowed-by-policy', registry: 'gcr.io' };
  agent.answer({
    'decide.explain': answer({ ...granted, until: (NOW + 30 * HOUR) / 1000, teams: ['platform'] }, true),
  });
  await panel.check.getByRole('textbox').fill('gcr.io');
  await panel.check.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(panel.check).toContainText('gcr.io is allowed by acme for team platform until tomorrow 18:00.');
  agent.answer({
    'decide.explain': answer({ allowed: false, reason: 'not-in-policy', hint: 'mirror.acme.example/gcr' }, false),
  });
  await panel.check.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(panel.check).toContainText('Use mirror.acme.example/gcr instead.');
});
