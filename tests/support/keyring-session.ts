import { createInterface } from 'node:readline';
import { accountFile } from '../../main/agent/session/account.ts';
import { endWithoutKeyring } from '../../main/agent/session/end-without-keyring.ts';
import { openSecretStore } from '../../main/agent/session/open-secret-store.ts';
import { openSession } from '../../main/agent/session/session.ts';
import { createLogger } from '../../main/platform/log/logger.ts';
import { systemClock } from '../../main/platform/time/clock.ts';

/**
 * A session of its own process, with the real keyring of whatever session bus it was started on; a restart is another
 * process. `node keyring-session.ts HUB ACCOUNT-FILE LOG-FILE`; one command a line on standard input, JSON lines back.
 */
const [hub = '', account = '', logFile = ''] = process.argv.slice(2);
const log = createLogger('session', logFile, 'trace');
const secrets = openSecretStore({ stateDir: account }, systemClock, log);
const session = openSession({
  settings: () => ({ hub, allowedOrgs: ['acme'] }),
  secrets,
  account: accountFile(account),
  fetch,
  clock: systemClock,
  random: Math.random,
  log,
});
const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
session.onChange((state) => say({ state, health: session.health().map(({ code }) => code) }));
for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'sign-in') say(await session.signIn());
  if (command === 'sign-out') await session.signOut();
}
await session.close();
await endWithoutKeyring(secrets, {
  ...{ clock: systemClock, log },
  say: ({ code }) => say({ ended: code }),
  kill: () => process.kill(process.pid, 'SIGKILL'),
});
