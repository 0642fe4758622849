import { expect, it } from 'vitest';
import { isListed } from '../../../../main/agent/policy/is-listed.ts';
import { held } from '../../../support/agent-state.ts';

it('a host is listed by its registry, whatever the mode of the policy', () => {
  const hosts = ['docker.io', 'registry-1.docker.io', 'registry.acme.example', 'gcr.io', 'localhost', 'x.internal'];
  const listed = (change: Partial<typeof held.rules>) =>
    hosts.filter((host) => isListed({ ...held.rules, ...change }, host));
  expect(listed({})).toEqual(['docker.io', 'registry-1.docker.io', 'registry.acme.example']);
  expect(listed({ enabled: false })).toEqual(listed({}));
  expect(listed({ mode: 'audit' })).toEqual(listed({}));
  expect(isListed(null, 'docker.io')).toBe(false);
});
