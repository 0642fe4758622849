import { describe, expect, it } from 'vitest';
import { managedSecretStore, type SignInStorage } from '../../../../main/agent/session/managed-secret-store.ts';
import type { SecretStore } from '../../../../main/agent/session/secret-store.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';

const noKeyring = async (): Promise<never> => {
  throw new ProblemError(problem('no-keyring'));
};
const absent: SecretStore = {
  ...{ read: noKeyring, write: noKeyring, remove: noKeyring },
  health: () => [{ ...problem('no-keyring'), severity: 'warning', forbidsGreen: false }],
  idle: async () => undefined,
};

describe('where a sign-in is kept', () => {
  const world = (storage: SignInStorage, system: SecretStore = memorySecretStore()) => {
    const file = memorySecretStore();
    const chosen = { storage };
    return { chosen, file, system, store: managedSecretStore(system, file, () => chosen.storage) };
  };

  it('is the keyring, unless the administrator chose a file', async () => {
    const { file, system, store } = world('keyring');
    await store.write('secret');
    expect([await system.read(), await file.read(), await store.read()]).toEqual(['secret', null, 'secret']);
  });

  it('is a file where the administrator chose one, with no keyring needed and no warning about it', async () => {
    const { file, store } = world('file', absent);
    expect(await store.read()).toBeNull();
    await store.write('secret');
    expect([await file.read(), await store.read()]).toEqual(['secret', 'secret']);
    expect(store.health()).toMatchObject([{ code: 'sign-in-in-file', severity: 'info' }]);
    await store.remove();
    expect(await file.read()).toBeNull();
  });

  it('still has what the keyring held before', async () => {
    const { chosen, file, store } = world('keyring');
    await store.write('secret');
    chosen.storage = 'file';
    expect(await store.read()).toBe('secret');
    await store.write('next');
    expect([await file.read(), await store.read()]).toEqual(['next', 'next']);
  });

  it('deletes the file once it is no longer allowed', async () => {
    const { chosen, file, store } = world('file');
    await store.write('secret');
    chosen.storage = 'keyring';
    expect([await store.read(), await file.read()]).toEqual([null, null]);
  });

  it('signs nobody out, and moves nothing, while the configuration cannot be used', async () => {
    const { chosen, file, system, store } = world('file');
    await store.write('secret');
    chosen.storage = 'unknown';
    expect(await store.read()).toBe('secret');
    await store.write('next');
    expect([await file.read(), await system.read()]).toEqual(['next', null]);

    const other = world('keyring');
    await other.store.write('secret');
    other.chosen.storage = 'unknown';
    await other.store.write('next');
    expect([await other.file.read(), await other.system.read(), await other.store.read()]).toEqual([
      null,
      'next',
      'next',
    ]);
  });

  it('removes both when signing out, and fails where the keyring may still hold it', async () => {
    const { file, system, store } = world('file');
    await system.write('old');
    await store.write('secret');
    await store.remove();
    expect([await file.read(), await system.read()]).toEqual([null, null]);
    await expect(world('keyring', absent).store.remove()).rejects.toMatchObject({ problem: { code: 'no-keyring' } });
  });
});
