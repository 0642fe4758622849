import { detail } from '../../../shared/activity/details.ts';
import { DESKTOP_CLIENT_ID } from '../../../shared/schemas/hub-schema.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';

/**
 * Keeps when each person signed in last, and writes sign-ins of those who can see or change more than members into the activity: an owner
 * learns there that somebody else has their password.
 *
 * @param now milliseconds since 1970
 */
export function createSignInRecord(deps: {
  accounts: Accounts;
  record: RecordActivity;
  now: () => number;
}): (user: User, clientId: string) => Promise<void> {
  const { accounts, record, now } = deps;
  return async (user, clientId) => {
    await accounts.signedIn(user.sub, now());
    const what = detail(clientId === DESKTOP_CLIENT_ID ? 'signed-in-to-portcullis' : 'signed-in-to-dashboard');
    for (const { name, access: role = 'member' } of (await accounts.describe(user)).organizations) {
      if (role !== 'member') await record(name, user.username, 'signed-in', [what]);
    }
  };
}
