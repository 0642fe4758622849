import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { ElectronApi } from '../../../main/shell/electron-api.ts';
import { createNotifier } from '../../../main/shell/notifier.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import { NotificationDouble } from '../../support/electron/double.ts';
import { allGood, NOW, snapshotOf } from '../../support/snapshots.ts';

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

function notifier(electron: Pick<ElectronApi, 'Notification'>, platform: NodeJS.Platform = 'darwin') {
  const opened: (string | null)[] = [];
  const snapshot = snapshotOf(allGood);
  const words = wordsFor('system', 'en');
  const { show, panelSeen } = createNotifier({
    electron,
    platform,
    now: () => NOW,
    words: () => words,
    snapshot: () => snapshot,
    open: (host) => opened.push(host),
    copyRequest: () => undefined,
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
