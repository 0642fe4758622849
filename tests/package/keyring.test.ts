import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { waitFor } from '../support/background-process.ts';
import { agentOf, snapshotOf } from '../support/packed/agent-of.ts';
import { openPlace, type Place } from '../support/packed/place.ts';
import type { SessionOptions, Tray, UserSession } from '../support/packed/user-session.ts';

/**
 * The packed program on every state of the user's keyring, with a real GNOME Keyring: nothing asks the user anything, nothing waits, and
 * Chromium never asks for the keyring at all. Each message on the session bus is recorded.
 */
const packed = inject('packed');
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function place(options: SessionOptions = {}): Promise<Place> {
  if (packed === null) throw new Error('not packed');
  const opened = await openPlace({ packed: packed.folder, user: packed.user, ...options });
  undo.push(async () => opened[Symbol.asyncDispose]());
  return opened;
}

type Keyring = 'none' | 'new' | 'open' | 'locked' | 'frozen';

/** GNOME's own program. What it asks its user through (org.gnome.keyring.SystemPrompter) is there, records, and is never answered. */
async function startKeyring(session: UserSession, state: Keyring): Promise<ChildProcess | null> {
  if (state === 'none') return null;
  const unlock = state === 'open' ? ['--unlock'] : [];
  const daemon = session.spawn(
    ['gnome-keyring-daemon', '--foreground', '--components=secrets', ...unlock],
    ['pipe', 'ignore', 'ignore'],
  );
  daemon.stdin?.end(state === 'open' ? 'a password' : '');
  await waitFor(
    'the keyring',
    async () => (await owns(session, 'org.freedesktop.secrets')) && daemon.exitCode === null,
  );
  if (state === 'frozen') daemon.kill('SIGSTOP');
  return daemon;
}

async function startPrompter(session: UserSession): Promise<void> {
  const name = 'org.gnome.keyring.SystemPrompter';
  session.spawn([
    '/usr/bin/python3',
    '-m',
    'dbusmock',
    '--session',
    name,
    '/org/gnome/keyring/Prompter',
    `${name}.Mock`,
  ]);
  await waitFor('the prompter', () => owns(session, name));
}

async function owns(session: UserSession, name: string): Promise<boolean> {
  return (await session.run('busctl', '--user', 'status', name)).code === 0;
}

let marks = 0;

/** How many messages were recorded until now: what the test itself has just asked is recorded a moment later. */
async function recorded(session: UserSession): Promise<number> {
  marks += 1;
  const mark = `io.portcullis.test.Mark${marks}End`;
  await session.run('busctl', '--user', 'status', mark);
  await waitFor('the recording to catch up', () => session.messages().some((message) => message.includes(mark)));
  return session.messages().length;
}

const aboutKeyrings = /org\.freedesktop\.[Ss]ecret|org\.kde\.kwallet|org\.gnome\.keyring|portal\.Secret|chrome/;

/** What the tray said about keyrings before its icon was there, and afterwards. The first messages are the test's own. */
function said(session: UserSession, from: number): { before: string[]; after: string[] } {
  const messages = session.messages().slice(from);
  const icon = messages.findIndex((message) => message.includes('member=RegisterStatusNotifierItem'));
  const calls = (some: string[]): string[] =>
    some.filter((message) => message.startsWith('method call') && aboutKeyrings.test(message));
  return { before: calls(messages.slice(0, icon)), after: calls(messages.slice(icon)) };
}

async function started(session: UserSession): Promise<Tray> {
  const tray = await session.start('--hidden');
  undo.push(() => tray.end());
  await tray.icon();
  return tray;
}

describe.skipIf(packed === null)('a start, before anybody has signed in', () => {
  it.each<[Keyring, string]>([
    ['none', 'GNOME'],
    ['new', 'GNOME'],
    ['locked', 'GNOME'],
    ['frozen', 'GNOME'],
    ['none', 'KDE'],
  ])(
    'with a keyring that is %s, on %s: its icon is there, and nobody has spoken to a keyring',
    async (state, desktop) => {
      const { session, machine } = await place({ desktop });
      await startPrompter(session);
      if (state === 'locked') await lock(session);
      else await startKeyring(session, state);
      const from = await recorded(session);
      const tray = await started(session);
      await waitFor('the state', async () => (await snapshotOf(machine))?.session?.kind === 'signed-out');
      expect(said(session, from)).toEqual({ before: [], after: [] });
      expect(await tray.end(), tray.output()).toEqual([0, null]);
    },
  );

  it.each<[string, string[]]>([
    ['its user', []],
    ['a login', ['--hidden']],
  ])('without a session bus at all, by %s: it starts, in a window', async (_who, args) => {
    const { session, machine } = await place({ bus: 'none' });
    const tray = await session.start(...args);
    undo.push(() => tray.end());
    await waitFor('the window', async () => (await session.windows()).length > 0);
    await waitFor('the state', async () => (await snapshotOf(machine))?.session?.kind === 'signed-out');
    expect(await tray.end(), tray.output()).toEqual([0, null]);
  });
});

async function lock(session: UserSession): Promise<void> {
  const open = await startKeyring(session, 'open');
  if (open === null) throw new Error('no keyring');
  const ended = once(open, 'exit');
  open.kill('SIGKILL');
  await ended;
  await startKeyring(session, 'locked');
}

/** Signs in at a tray that runs, as the panel would; then ends it. */
async function signIn({ session, hub, machine }: Place): Promise<void> {
  const tray = await started(session);
  await waitFor('the state', async () => (await snapshotOf(machine))?.session?.kind === 'signed-out');
  await using agent = await agentOf(machine);
  const { authorizationUrl } = await agent.call('session.signIn', { opener: 'caller' });
  await hub.finishSignIn(authorizationUrl, 'mia');
  await waitFor('the sign-in', async () => (await snapshotOf(machine))?.session?.kind === 'signed-in');
  expect((await snapshotOf(machine))?.health.map(({ code }) => code)).not.toContain('no-keyring');
  expect(await tray.end(), tray.output()).toEqual([0, null]);
}

describe.skipIf(packed === null)('a start of somebody who is signed in', () => {
  it('reads the credential, after the icon is there: keytar’s native part is in the package and works', async () => {
    const here = await place();
    await startPrompter(here.session);
    await startKeyring(here.session, 'open');
    await signIn(here);
    const from = await recorded(here.session);
    await started(here.session);
    await waitFor('the session', async () => (await snapshotOf(here.machine))?.session?.kind === 'signed-in');
    const { before, after } = said(here.session, from);
    expect(before).toEqual([]);
    // The recording is no empty one: these are ours.
    const ours = after.filter((message) => message.includes('string "Portcullis"'));
    expect(ours.length).toBeGreaterThan(0);
    expect(after.filter((message) => message.includes('chrome'))).toEqual([]);
  });

  it.each<[Keyring, string]>([
    ['locked', 'keyring-locked'],
    ['none', 'no-keyring'],
    ['frozen', 'keyring-locked'],
  ])('with a keyring that is %s by now: no wait, no question, and %s is shown', async (state, code) => {
    const here = await place();
    const { session, machine } = here;
    await startPrompter(session);
    const open = await startKeyring(session, 'open');
    await signIn(here);
    if (state === 'frozen') open?.kill('SIGSTOP');
    else {
      const ended = open === null ? null : once(open, 'exit');
      open?.kill('SIGKILL');
      await ended;
      await startKeyring(session, state);
    }
    const from = await recorded(session);
    const tray = await started(session);
    expect(said(session, from).before).toEqual([]);
    const snapshot = await waitFor('the truth', async () => {
      const now = await snapshotOf(machine);
      return now?.health.some((entry) => entry.code === code) ? now : null;
    });
    expect(snapshot.session).toMatchObject({ kind: 'credential-unreadable', org: 'acme' });
    expect(
      session
        .messages()
        .slice(from)
        .filter((message) => message.includes('keyring.internal.Prompter')),
    ).toEqual([]);
    expect(await tray.end(), tray.output()).toEqual([0, null]);
  });

  it('whose native part of keytar does not load is told so', async () => {
    const here = await place();
    await startKeyring(here.session, 'open');
    await signIn(here);
    const native = join(
      here.machine.program,
      '../resources/app.asar.unpacked/node_modules/keytar/build/Release/keytar.node',
    );
    const broken = join(here.machine.folder, 'broken.node');
    await mkdir(here.machine.folder, { recursive: true });
    await writeFile(broken, 'not a library', { mode: 0o644 });
    expect(await here.machine.run(here.machine.asRoot(['mount', '--bind', broken, native]))).toMatchObject({ code: 0 });
    await started(here.session);
    const snapshot = await waitFor('the truth', async () => {
      const now = await snapshotOf(here.machine);
      return now?.health.some((entry) => entry.code === 'no-keyring') ? now : null;
    });
    expect(snapshot.session).toMatchObject({ kind: 'credential-unreadable', org: 'acme' });
  });
});
