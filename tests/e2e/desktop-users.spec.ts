import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, test } from '@playwright/test';
import { openDesktop } from '../support/desktop/desktop.ts';
import { installTray } from '../support/desktop/installed-tray.ts';
import { neighbourAt } from '../support/desktop/neighbour.ts';
import { iconsSeen, windowsSeen } from '../support/desktop/screen.ts';
import { startGateway } from '../support/gateway.ts';

const socket = process.env.PORTCULLIS_NEIGHBOUR;

test.skip(socket === undefined, 'only root can start a program as a second user');

function connects(path: string): Promise<string> {
  return new Promise((resolve) => {
    const peer = connect(path, () => {
      peer.destroy();
      resolve('connected');
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

test('two users of one machine have a tray each, and neither reaches the other’s', async () => {
  const neighbour = neighbourAt(socket ?? '');
  await using stack = new AsyncDisposableStack();
  stack.defer(() => neighbour.logOut());
  await neighbour.logIn();
  const theirs = ['sign-in-required-amber'];
  await expect.poll(async () => (await neighbour.look()).icons).toEqual(theirs);

  const desktop = await openDesktop();
  stack.defer(() => desktop.close());
  const gateway = await startGateway();
  stack.defer(() => gateway.stop());
  const tray = await installTray(desktop, gateway);
  stack.defer(() => tray.remove());
  // While theirs runs this one is no second start: it shows its own panel, here and not there.
  const mine = await tray.start();
  await expect.poll(async () => (await iconsSeen(desktop)).map(({ name }) => name)).toEqual(theirs);
  await expect.poll(async () => (await windowsSeen(desktop, '--name', 'Portcullis$')).length).toBe(1);
  const there = await neighbour.look();
  expect(there).toMatchObject({ icons: theirs, windows: 0 });
  expect(there.user).not.toBe(process.getuid?.());

  await expect(readdir(there.folder)).rejects.toMatchObject({ code: 'EACCES' });
  expect(await connects(there.socket)).toBe('EACCES');

  expect(await mine.stop()).toBe(0);
  await expect.poll(() => iconsSeen(desktop)).toEqual([]);
  expect(await neighbour.look()).toMatchObject({ icons: theirs, windows: 0 });
});
