import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, waitFor } from '../background-process.ts';
import { freePort } from '../free-port.ts';
import { type Page, TestBrowser } from '../test-browser.ts';
import { lemonLdapConfiguration, PORTAL_INI, PORTAL_PSGI } from './lemonldap-configuration.ts';

/** Somebody who can sign in; the password is the user name. */
export interface LemonLdapPerson {
  name: string;
  mail?: string;
  /** The claim `groups`, which is left out where there are none. */
  groups: readonly string[];
}

/** A client; with a secret it is a confidential one, as a server is. */
export interface LemonLdapClient {
  clientId: string;
  secret?: string;
  /** Each is compared as it is written: the provider does not know the "any port" of RFC 8252. */
  redirectUris: readonly string[];
}

/** LemonLDAP::NG from Debian's packages, on loopback and without privileges: an OpenID provider that this project did not write. */
export interface LemonLdap extends AsyncDisposable {
  /** No slash at the end. */
  issuer: string;
  /** Replaces its people; sessions of those who are gone end with their next refresh. */
  setPeople: (people: Record<string, LemonLdapPerson>) => Promise<void>;
  /** Forgets every session and refresh token, as after a loss of its store. */
  forgetSessions: () => Promise<void>;
  log: () => string;
  stop: () => Promise<void>;
}

export interface LemonLdapOptions {
  clients: readonly LemonLdapClient[];
  people: Record<string, LemonLdapPerson>;
}

export async function startLemonLdap({ clients, people }: LemonLdapOptions): Promise<LemonLdap> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-lemonldap-'));
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  for (const name of ['conf', 'sessions/lock', 'psessions/lock', 'cache']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const setPeople = async (next: Record<string, LemonLdapPerson>): Promise<void> => {
    // Replaced as a whole: it is read at each request.
    await writeFile(join(folder, 'people.new'), JSON.stringify(next), { mode: 0o644 });
    await rename(join(folder, 'people.new'), join(folder, 'people.json'));
  };
  await setPeople(people);
  await writeFile(join(folder, 'lemonldap-ng.ini'), PORTAL_INI.replaceAll('@FOLDER@', folder));
  await writeFile(join(folder, 'portal.psgi'), PORTAL_PSGI);
  const configuration = lemonLdapConfiguration({ issuer, folder, clients, publicKey, privateKey });
  await writeFile(join(folder, 'conf', 'lmConf-1.json'), JSON.stringify(configuration));

  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync('chown', ['-R', 'nobody:nogroup', folder]);
  const asNobody = isRoot ? ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'] : [];
  const server = await startProcess(
    // A change of user undoes the wish to end with us: it has to be said again, by the same program.
    [
      ...['setpriv', ...asNobody, '--pdeathsig', 'KILL'],
      ...['plackup', '-E', 'deployment', '--host', '127.0.0.1', '--port', `${port}`, 'portal.psgi'],
    ],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, TMPDIR: folder, LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini') },
    },
  );
  const self: LemonLdap = {
    issuer,
    setPeople,
    forgetSessions: async () => {
      for (const store of ['sessions', 'psessions', 'cache']) {
        execFileSync('find', [join(folder, store), '-type', 'f', '-delete']);
      }
    },
    log: () => server.output(),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => self.stop(),
  };
  try {
    await waitFor('LemonLDAP::NG to answer', async () => {
      if (!server.running()) throw new Error(`LemonLDAP::NG ended: ${server.output()}`);
      return (await fetch(`${issuer}/.well-known/openid-configuration`).catch(() => null))?.ok;
    });
  } catch (error) {
    await self.stop();
    throw error;
  }
  return self;
}

/**
 * Goes through its pages as a person does: name and password, then consent if it is asked for.
 *
 * @param browser stays signed in at the provider if it was before
 * @returns where that ends: the page of the client
 */
export async function signInAtLemonLdap(url: string, user: string, browser = new TestBrowser()): Promise<Page> {
  // Perhaps by way of a server that leads there.
  const { origin } = (await browser.open(url)).url;
  // Who signs in, whether to sign in again, and consent: each at most once. Where there is nothing to fill in, it says what is wrong.
  for (let forms = 0; forms < 3 && browser.page.url.origin === origin; forms += 1) {
    if (!browser.page.text.includes('<form')) break;
    const asksForPassword = browser.page.text.includes('name="password"');
    await browser.submit(asksForPassword ? { user, password: user } : {});
  }
  return browser.page;
}
