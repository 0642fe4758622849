import { describe, expect, it } from 'vitest';
import type { Account, AccountStore } from '../../../../main/agent/session/account.ts';
import { openAccountStorage } from '../../../../main/agent/session/account-storage.ts';
import type { SecretStore } from '../../../../main/agent/session/secret-store.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';

const mia: Account = { issuer: 'https://hub.example', clientId: 'c', sub: '1', org: 'acme', organizations: ['acme'] };

function storage(secretStore: Partial<SecretStore> = {}) {
  let account: Account | null = null;
  const steps: string[] = [];
  const accounts: AccountStore = {
    read: async () => account,
    write: async (next) => {
      steps.push('account');
      account = next;
    },
    remove: async () => {
      steps.push('no account');
      account = null;
    },
  };
  const secrets = { ...memorySecretStore(), ...secretStore };
  return { ...openAccountStorage(accounts, secrets, silentLogger()), account: () => account, secrets, steps };
}

const yes = () => true;
const no = () => false;

describe('the storage of an account', () => {
  it('saves account and secret of a sign-in', async () => {
    const here = storage();
    expect(await here.saveSignIn(mia, 'secret', yes)).toBe(true);
    expect([here.account(), await here.secrets.read()]).toEqual([mia, 'secret']);
  });

  it('changes nothing once the condition does not hold any more', async () => {
    const here = storage();
    expect(await here.saveSignIn(mia, 'secret', no)).toBe(false);
    await here.saveAccount(mia, no);
    await here.saveSecret('secret', no);
    expect([here.account(), await here.secrets.read()]).toEqual([null, null]);
    await here.saveSignIn(mia, 'secret', yes);
    await here.remove(no);
    expect([here.account(), await here.secrets.read()]).toEqual([mia, 'secret']);
  });

  it('asks for the condition when its turn comes, not when it is called', async () => {
    const gate = Promise.withResolvers<void>();
    const kept = memorySecretStore();
    const here = storage({ write: (secret) => gate.promise.then(() => kept.write(secret)) });
    let signedIn = true;
    const first = here.saveSecret('first', yes);
    const second = here.saveSignIn(mia, 'second', () => signedIn);
    signedIn = false;
    gate.resolve();
    await first;
    expect(await second).toBe(false);
    expect(await kept.read()).toBe('first');
  });

  it('removes the account even if the keyring does not give up the secret', async () => {
    const here = storage({ remove: () => Promise.reject(new Error('locked')) });
    await here.saveSignIn(mia, 'secret', yes);
    await here.remove(yes);
    expect(here.account()).toBeNull();
  });

  it('goes on after a failure, in order', async () => {
    const here = storage({ write: () => Promise.reject(new Error('disk full')) });
    const failed = expect(here.saveSignIn(mia, 'secret', yes)).rejects.toThrow('disk full');
    const removed = here.remove(yes);
    await here.written();
    await Promise.all([failed, removed]);
    expect(here.steps).toEqual(['account', 'no account']);
  });
});
