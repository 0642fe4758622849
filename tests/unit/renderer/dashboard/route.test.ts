import { expect, it } from 'vitest';
import { hashOf, routeIn } from '../../../../renderer/dashboard/route.ts';

it.each([
  ['', { organization: null, view: null, tab: null }],
  ['#/activity', { organization: null, view: 'activity', tab: null }],
  ['#/requests?webhooks', { organization: null, view: 'requests', tab: 'webhooks' }],
  ['#/a%2Fb/requests?webhooks', { organization: 'a/b', view: 'requests', tab: 'webhooks' }],
  ['#/%/people', { organization: '%', view: 'people', tab: null }],
])('the address %j names %j', (hash, route) => {
  expect(routeIn(hash)).toEqual(route);
});

it('reads what it writes', () => {
  expect(routeIn(hashOf('people', 'acme / globex'))).toMatchObject({ organization: 'acme / globex', view: 'people' });
});
