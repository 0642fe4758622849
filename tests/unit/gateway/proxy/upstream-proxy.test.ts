import { describe, expect, it } from 'vitest';
import { proxyRefusal } from '../../../../main/gateway/proxy/upstream-proxy.ts';

const NOT_ACCEPTED = 'the upstream proxy did not accept the credentials of this gateway (407)';
const NONE = 'the upstream proxy wants credentials, and none are configured (407)';

describe('what an upstream proxy refuses', () => {
  it.each([
    ['407', 'Basic realm="corp"', true, NOT_ACCEPTED],
    ['407', 'Basic realm="corp"', false, NONE],
    ['407', 'Negotiate, Basic realm="corp"', false, NONE],
    ['407', 'Negotiate', false, 'the upstream proxy wants Negotiate, this gateway supports Basic only (407)'],
    ['407', 'Negotiate', true, 'the upstream proxy wants Negotiate, this gateway supports Basic only (407)'],
    [
      '407',
      'Negotiate, NTLM',
      false,
      'the upstream proxy wants Negotiate or NTLM, this gateway supports Basic only (407)',
    ],
    ['407', 'digest realm="x"', false, 'the upstream proxy wants Digest, this gateway supports Basic only (407)'],
    ['407', '', false, NONE],
    ['407', 'Evil\u001b[31m words', true, NOT_ACCEPTED],
    ['403', 'Negotiate', false, 'the upstream proxy answered 403'],
  ])('%s with %j is said so', (status, challenge, isSent, said) => {
    expect(proxyRefusal(status, challenge, isSent).message).toBe(said);
  });
});
