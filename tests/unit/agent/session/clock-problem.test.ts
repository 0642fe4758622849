import { describe, expect, it } from 'vitest';
import { clockProblem } from '../../../../main/agent/session/clock-problem.ts';

const NOW = 1_800_000_000;

/** As openid-client throws it: its own error around that of the library beneath, around what both clocks said. */
function timestampError(iat: number): Error {
  const code = 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED';
  const beneath = new Error('unexpected JWT "exp"', { cause: { now: NOW, claims: { iat, sub: 'mia' }, claim: 'exp' } });
  return Object.assign(
    new Error('JWT timestamp claim value failed validation', { cause: Object.assign(beneath, { code }) }),
    {
      code,
    },
  );
}

describe('a sign-in that fails for the clocks', () => {
  it.each([
    [NOW - 4 * 86_400, 'this machine is 96 hours ahead'],
    [NOW + 1_800, 'this machine is 30 minutes behind'],
  ])('says so, and by how much', (iat, cause) => {
    expect(clockProblem(timestampError(iat), 'hub.example')).toMatchObject({ code: 'sign-in-clock', cause });
  });

  it('repeats nothing else of the token', () => {
    expect(JSON.stringify(clockProblem(timestampError(NOW), 'hub.example'))).not.toContain('mia');
  });

  it('is not made of other failures', () => {
    expect(clockProblem(new Error('something else'), 'hub.example')).toBeNull();
    expect(clockProblem('no error', 'hub.example')).toBeNull();
  });
});
