import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSealing } from '../../../../main/hub/external-identity/sealing.ts';

const sealing = createSealing('the secret', randomBytes);

it('opens what it sealed, for the same purpose', () => {
  const sealed = sealing.seal('token', 'opaque-refresh-token');
  expect(sealed).not.toContain('opaque');
  expect(sealing.open('token', sealed)).toBe('opaque-refresh-token');
  expect(createSealing('the secret', randomBytes).open('token', sealed)).toBe('opaque-refresh-token');
});

it('opens nothing of another purpose or key, and nothing that was changed', () => {
  const sealed = sealing.seal('token', 'text');
  expect(sealing.open('cookie', sealed)).toBeNull();
  expect(createSealing('another', randomBytes).open('token', sealed)).toBeNull();
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    if (Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url'))) continue;
    expect(sealing.open('token', changed)).toBeNull();
  }
  for (const broken of ['', 'A', sealed.slice(0, 20)]) expect(sealing.open('token', broken)).toBeNull();
});
