import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('signs in', async () => {
  const token = await hub.signIn('mia');
  const me = await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(await me.json()).toMatchObject({ name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] });
  expect(await hub.putSettings('acme', { mode: 'audit' })).toMatchObject({ revision: 2, mode: 'audit' });
});
