import { describe, expect, it } from 'vitest';
import { type ApiDeps, apiRoutes } from '../../../../main/hub/http/api.ts';
import { Access, mayAs } from '../../../../shared/schemas/hub/people.ts';
import { NEEDED } from '../../../support/hub-routes.ts';

describe('the calls of the API', () => {
  it('each have a row that says who may make it', () => {
    // Nothing is called, so nothing is needed.
    const routes = apiRoutes({} as ApiDeps);
    const calls = Object.entries(routes).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(calls.sort()).toEqual(Object.keys(NEEDED).sort());
  });
});

describe('roles', () => {
  it('are ordered: each includes what those before it may do', () => {
    const table = Access.options.map((access) => Access.options.filter((needed) => mayAs(access, needed)));
    expect(table).toEqual([
      ['member'],
      ['member', 'auditor'],
      ['member', 'auditor', 'registry-manager'],
      ['member', 'auditor', 'registry-manager', 'owner'],
    ]);
  });
});
