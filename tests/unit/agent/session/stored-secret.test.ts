import { describe, expect, it } from 'vitest';
import { formatSecret, parseSecret } from '../../../../main/agent/session/stored-secret.ts';

const owner = { issuer: 'https://hub.example', sub: '1' };
const problemOf = (stored: string | null): unknown => {
  try {
    return parseSecret(owner, stored);
  } catch (error) {
    return error;
  }
};

describe('the secret in the keyring', () => {
  it('gives back the refresh token', () => {
    expect(parseSecret(owner, formatSecret(owner, 'token'))).toBe('token');
  });

  it('may be missing', () => {
    expect(problemOf(null)).toMatchObject({ problem: { code: 'credential-missing' } });
  });

  it.each([
    ['no JSON', '\u0000not ours'],
    ['another form', '{"token":"x"}'],
    ['more than is ours', JSON.stringify({ ...owner, refreshToken: 'x', more: 1 })],
    ['no token', JSON.stringify({ ...owner, refreshToken: '' })],
    ['another user’s', JSON.stringify({ ...owner, sub: '2', refreshToken: 'x' })],
    ['another server’s', JSON.stringify({ ...owner, issuer: 'https://other.example', refreshToken: 'x' })],
  ])('is not used if it is %s', (_what, stored) => {
    expect(problemOf(stored)).toMatchObject({ problem: { code: 'credential-corrupted', cause: expect.any(String) } });
  });

  it('is not repeated in a problem', () => {
    const stored = JSON.stringify({ ...owner, sub: '2', refreshToken: 'very-secret' });
    expect(JSON.stringify(problemOf(stored))).not.toContain('very-secret');
  });
});
