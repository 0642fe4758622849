import { expect, it } from 'vitest';
import { HttpProblem } from '../../../../main/hub/http/problem-response.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { HubError } from '../../../../shared/schemas/hub-schema.ts';

it('an answer carries the problem with its arguments, and its next step as the detail', () => {
  const { body } = new HttpProblem(412, problem('revision-conflict', { organization: 'acme', revision: 8 }), {
    organization: 'acme',
  });
  expect(HubError.parse(body)).toEqual({
    type: 'urn:portcullis:problem:revision-conflict',
    title: 'The settings of acme have changed; they are now at revision 8.',
    status: 412,
    code: 'revision-conflict',
    args: { organization: 'acme', revision: 8 },
    detail: 'Get the settings again and repeat your change.',
    organization: 'acme',
  });
});

it('each error in a body is told with its place, cause and next step', () => {
  const { body } = new HttpProblem(422, problem('settings-invalid'), {
    faults: [
      { pointer: '/mode', problem: problem('setting-invalid', {}, { cause: 'expected "enforce"' }) },
      { pointer: '/registries/1/address', problem: problem('registry-listed-twice', { address: 'ghcr.io' }) },
    ],
  });
  expect(HubError.parse(body).errors).toEqual([
    { pointer: '/mode', code: 'setting-invalid', detail: 'This value is not valid (expected "enforce").' },
    {
      pointer: '/registries/1/address',
      code: 'registry-listed-twice',
      args: { address: 'ghcr.io' },
      detail: 'ghcr.io is listed twice. Remove one of the two.',
    },
  ]);
});
