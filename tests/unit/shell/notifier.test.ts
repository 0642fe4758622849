import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { ElectronApi } from '../../../main/shell/electron-api.ts';
import { createNotifier } from '../../../main/shell/notifier.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { OwnRequest, RequestsView } from '../../../shared/schemas/own-request.ts';
import { NotificationDouble } from '../../support/electron/double.ts';
import { allGood, NOW, notOffered, offered, snapshotOf } from '../../support/snapshots.ts';

/** As Electron, which does not hold on to what was shown. */
function forgetfulElectron() {
  const made: WeakRef<NotificationDouble>[] = [];
  class Notification extends NotificationDouble {
    static isSupported = (): boolean => true;
    constructor(...args: ConstructorParameters<typeof NotificationDouble>) {
      super(...args);
      made.push(new WeakRef(this));
    }
  }
  const electron: Pick<ElectronApi, 'Notification'> = { Notification };
  /** What is still there, oldest first. */
  const alive = async (): Promise<(NotificationDouble | undefined)[]> => {
    // What a turn of the loop has created or read stays until that turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    return made.map((notification) => notification.deref());
  };
  return { electron, alive };
}

function notifier(
  electron: Pick<ElectronApi, 'Notification'>,
  platform: NodeJS.Platform = 'darwin',
  requests: RequestsView | null = notOffered,
) {
  const opened: (string | null)[] = [];
  const snapshot = snapshotOf(allGood, { requests });
  const words = wordsFor('system', 'en');
  const { show, panelSeen } = createNotifier({
    electron,
    platform,
    now: () => NOW,
    words: () => words,
    snapshot: () => snapshot,
    open: (host) => opened.push(host),
    request: (host) => opened.push(`request ${host}`),
    copyRequest: (host) => opened.push(`copy ${host}`),
  });
  const refuse = (host: string): void =>
    show({
      kind: 'blocked',
      denial: { at: NOW, host, view: 'engine', wall: 'dns', reason: 'not-in-policy', refused: true, count: 1 },
    });
  return { show, panelSeen, refuse, opened };
}

it('a notification hears a click however late it comes, also in the list of those that have left the screen', async () => {
  const { electron, alive } = forgetfulElectron();
  const { refuse, opened } = notifier(electron);
  refuse('gcr.io');
  (await alive())[0]?.emit('close');
  (await alive())[0]?.emit('click');
  expect(opened).toEqual(['gcr.io']);
});

it.each(['click', 'failed'])('nothing of it is kept after the event "%s"', async (event) => {
  const { electron, alive } = forgetfulElectron();
  notifier(electron).refuse('gcr.io');
  (await alive())[0]?.emit(event);
  expect(await alive()).toEqual([undefined]);
});

it('no more than twenty are kept, for nobody tells when they can no longer be clicked', async () => {
  const { electron, alive } = forgetfulElectron();
  const { refuse } = notifier(electron);
  for (let count = 0; count < 25; count += 1) refuse(`r${count}.example`);
  const kept = (await alive()).map((notification) => notification !== undefined);
  expect(kept).toEqual(Array.from({ length: 25 }, (_, index) => index >= 5));
});

it('what is over leaves the screen: lost enforcement when it is back, states when the panel shows them, no blocked pull', async () => {
  const { electron, alive } = forgetfulElectron();
  const { show, panelSeen, refuse } = notifier(electron);
  const onScreen = async () => (await alive()).flatMap((one) => (one?.shown ? [one.options.title] : []));
  show({ kind: 'enforcement-lost' });
  refuse('gcr.io');
  show({ kind: 'enforcement-restored' });
  expect(await onScreen()).toEqual(['Blocked: gcr.io', 'Restrictions are in force again']);
  panelSeen();
  expect(await onScreen()).toEqual(['Blocked: gcr.io']);
});

it.each([
  ['linux', '&lt;b&gt;a&amp;b&lt;/b&gt;'],
  ['darwin', '<b>a&b</b>'],
] as const)('on %s what looks like markup is shown, not read', async (platform, shown) => {
  const { electron, alive } = forgetfulElectron();
  notifier(electron, platform).show({ kind: 'agent-failed', problem: { code: 'unknown', message: '<b>a&b</b>' } });
  expect((await alive())[0]?.options.body).toContain(shown);
});

it.each([
  ['darwin', offered, 'Request access', ['gcr.io', 'gcr.io', 'request gcr.io']],
  ['win32', notOffered, 'Copy request', ['gcr.io', 'gcr.io', 'copy gcr.io']],
  ['win32', null, 'Copy request', ['gcr.io', 'gcr.io', 'copy gcr.io']],
] as const)(
  'on %s the second button of a blocked pull is what there is to do about it',
  async (platform, requests, label, expected) => {
    const { electron, alive } = forgetfulElectron();
    const { refuse, opened } = notifier(electron, platform, requests);
    for (const happens of [
      (shown: NotificationDouble) => shown.emit('click'),
      (shown: NotificationDouble) => shown.emit('action', { actionIndex: 0 }),
      (shown: NotificationDouble) => shown.emit('action', { actionIndex: 1 }),
    ]) {
      refuse('gcr.io');
      const shown = (await alive()).at(-1);
      if (shown === undefined) throw new Error('nothing was shown');
      expect(shown.options.actions?.map(({ text }) => text)).toEqual(['Why?', label]);
      happens(shown);
    }
    expect(opened).toEqual(expected);
  },
);

it('on Linux, which shows no buttons, a click fills in a request where one can be made, and the text says so', async () => {
  const { electron, alive } = forgetfulElectron();
  const { refuse, opened } = notifier(electron, 'linux', offered);
  refuse('gcr.io');
  const [shown] = await alive();
  expect(shown?.options.body).toContain('Click to request access.');
  shown?.emit('click');
  const other = notifier(electron, 'linux', notOffered);
  other.refuse('gcr.io');
  const later = (await alive()).at(-1);
  expect(later?.options.body).toContain('Click to see why and to copy a request.');
  later?.emit('click');
  expect([...opened, ...other.opened]).toEqual(['request gcr.io', 'gcr.io']);
});

it('no request is offered for what a line of the list would not change', async () => {
  const { electron, alive } = forgetfulElectron();
  const { show, opened } = notifier(electron, 'darwin', offered);
  const denial = { at: NOW, host: 'gcr.io', view: 'engine', wall: 'dns', refused: true, count: 1 } as const;
  show({ kind: 'blocked', denial: { ...denial, reason: 'policy-expired' } });
  const [shown] = await alive();
  expect(shown?.options.actions?.[1]?.text).toBe('Copy request');
  shown?.emit('action', { actionIndex: 1 });
  expect(opened).toEqual(['copy gcr.io']);
});

it.each([
  [{ state: 'allowed' }, 'You may now use gcr.io', 'Allowed'],
  [
    { state: 'mirror', use: 'mirror.acme.example/gcr' },
    'Use another address than gcr.io',
    'Use mirror.acme.example/gcr instead',
  ],
  [{ state: 'declined', reason: 'Use the mirror.' }, 'Request declined: gcr.io', 'Declined: Use the mirror.'],
] as const)('a decision is told in a word: %j', async ({ state, ...decided }, title, body) => {
  const { electron, alive } = forgetfulElectron();
  const { show, opened, panelSeen } = notifier(electron, 'darwin', offered);
  const request: OwnRequest = {
    ...{ id: 'r1', host: 'gcr.io', subject: null, reason: null, at: NOW, problem: null, state },
    decided: { at: NOW, until: null, teams: null, use: null, reason: null, ...decided },
  };
  show({ kind: 'request-news', request });
  panelSeen();
  const [shown] = await alive();
  expect(shown?.options).toMatchObject({ title, body });
  expect(shown?.options.actions).toBeUndefined();
  shown?.emit('click');
  expect(opened).toEqual(['gcr.io']);
});
