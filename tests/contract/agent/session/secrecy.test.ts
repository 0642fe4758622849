import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fetch } from '../../../../main/platform/net/web-answer.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { processArguments } from '../../../support/process-arguments.ts';
import { testSession } from '../../../support/test-session.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const SECRETS = ['access_token', 'refresh_token', 'id_token', 'code', 'code_verifier', 'device_code'];

/** Everything that is secret in what goes over the line, both ways. */
function listening(secrets: Set<string>): Fetch {
  return async (input, init) => {
    if (init?.body !== undefined) {
      const sent = new URLSearchParams(String(init.body));
      for (const name of SECRETS) for (const value of sent.getAll(name)) secrets.add(value);
    }
    const response = await fetch(input, init);
    const said = await response
      .clone()
      .json()
      .catch(() => ({}));
    for (const name of SECRETS) if (typeof said[name] === 'string') secrets.add(said[name]);
    return response;
  };
}

it('no token, code or verifier of a whole session is in a log, a state, a page, an address to open, or an argument', async () => {
  const secrets = new Set<string>();
  const one = await testSession({ hub: hub.url, allowedOrgs: ['acme'] }, { fetch: listening(secrets) });
  const { authorizationUrl } = await one.session.signIn();
  const page = await hub.finishSignIn(authorizationUrl, 'mia');
  one.clock.advance(3_000_000);
  await one.session.accessToken();
  await one.session.reconsider();
  const account = await one.accountText();
  const again = await one.restart();
  await again.until('signed-in');
  await hub.halt();
  again.clock.advance(3_600_000);
  await again.until('offline');
  await hub.start();
  await again.session.reconsider();
  const device = await again.session.signInByDevice();
  again.session.cancelSignIn();
  await again.session.signOut();
  const arguments_ = await processArguments();
  await again.close();

  // One code and verifier; two refreshes and a restart bring three of each token at least.
  expect(secrets.size).toBeGreaterThanOrEqual(10);
  const shown = {
    log: one.log(),
    hubLog: hub.log(),
    states: JSON.stringify(one.states),
    account: account ?? '',
    page: page.text,
    authorizationUrl,
    device: JSON.stringify(device),
    arguments: arguments_,
  };
  expect(shown.log).toContain('session state');
  expect(shown.arguments).toContain(process.argv.join(' '));
  for (const [where, text] of Object.entries(shown)) {
    for (const secret of secrets) expect(text.includes(secret), `${where} holds a secret`).toBe(false);
  }
});
