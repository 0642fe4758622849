import { describe, expect, it, vi } from 'vitest';
import { createPanel } from '../../../../renderer/panel/panel.ts';
import { allOf, listOf, refusedHosts, refusedImage, registries } from '../../../support/panel-data.ts';
import { playConnection } from '../../../support/played-connection.ts';
import { allGood, inputsFor, NOW, policy, sessions, snapshotOf } from '../../../support/snapshots.ts';

const enforcing = snapshotOf(inputsFor.enforcing);
const newRevision = snapshotOf({
  ...allGood,
  policy: { kind: 'fresh', policy: { ...policy, revision: 8, digest: 'b'.repeat(64) } },
});

describe('the panel', () => {
  it('counts ages by the clock of the agent', () => {
    const connection = playConnection({});
    const panel = createPanel(connection, { now: () => 5_000, openExternal() {} });
    connection.tell('snapshot', enforcing);
    expect(panel.now()).toBe(NOW);
  });

  it('is connected again with the first snapshot, not before: what it showed may not be true any more', () => {
    const connection = playConnection({});
    const panel = createPanel(connection, { now: () => NOW, openExternal() {} });
    const shown = () => [panel.snapshot.getState().status.kind, panel.snapshot.getState().snapshot?.state.id];
    connection.tell('snapshot', enforcing);
    expect(shown()).toEqual(['open', 'enforcing']);
    connection.become({ kind: 'lost', retryAt: NOW });
    connection.become({ kind: 'open' });
    expect(shown()).toEqual(['lost', 'enforcing']);
    connection.tell('snapshot', snapshotOf(inputsFor.locked));
    expect(shown()).toEqual(['open', 'locked']);
  });

  it('asks again for the list and the last answer when the rules changed, and only then', async () => {
    const list = vi.fn(listOf(registries));
    const explain = vi.fn(async () => refusedImage);
    const connection = playConnection({
      'registries.list': list,
      'decide.explain': explain,
    });
    const panel = createPanel(connection, { now: () => NOW, openExternal() {} });
    connection.tell('snapshot', enforcing);
    panel.registries.show(0, 10);
    panel.explain.ask('gcr.io');
    await expect.poll(() => panel.explain.store.getState().answer).not.toBeNull();
    await expect.poll(() => panel.registries.store.getState().loaded).toBe(true);

    connection.tell('snapshot', { ...enforcing, at: NOW + 1_000, deniedToday: 5 });
    expect([list.mock.calls.length, explain.mock.calls.length]).toEqual([1, 1]);
    connection.tell('snapshot', newRevision);
    await expect.poll(() => [list.mock.calls.length, explain.mock.calls.length]).toEqual([2, 2]);
  });

  it('loads the denials again whenever their list has changed, whatever the count says', async () => {
    const list = vi.fn(allOf(refusedHosts));
    const connection = playConnection({ 'denials.list': list });
    const panel = createPanel(connection, { now: () => NOW, openExternal() {} });
    connection.tell('snapshot', enforcing);
    panel.denials.show(0, 10);
    await expect.poll(() => panel.denials.store.getState().loaded).toBe(true);
    // After midnight the count starts anew, and the list stays.
    connection.tell('snapshot', { ...enforcing, at: NOW + 1_000, deniedToday: 0 });
    expect(list).toHaveBeenCalledTimes(1);
    // What happened yesterday and is reported late is not counted today.
    connection.tell('snapshot', { ...enforcing, at: NOW + 2_000, deniedToday: 0, denialsVersion: '5' });
    await expect.poll(() => list.mock.calls.length).toBe(2);
  });

  it('opens the sign-in page itself, and forgets its address when the sign-in is over', async () => {
    const opened: string[] = [];
    const connection = playConnection({
      'session.signIn': async () => ({ authorizationUrl: 'https://hub.acme.example/authorize', opened: false }),
    });
    const panel = createPanel(connection, { now: () => NOW, openExternal: (url) => opened.push(url) });
    const signedOut = snapshotOf({ ...allGood, session: sessions['signed-out'] });
    connection.tell('snapshot', signedOut);
    await panel.signIn.run();
    expect(opened).toEqual(['https://hub.acme.example/authorize']);
    // A snapshot of before, that was still on its way.
    connection.tell('snapshot', { ...signedOut, deniedToday: 9 });
    expect(panel.signIn.store.getState().phase).toBe('done');
    connection.tell('snapshot', snapshotOf({ ...allGood, session: sessions['signing-in'] }));
    connection.tell('snapshot', enforcing);
    expect(panel.signIn.store.getState().phase).toBe('idle');
  });

  it('opens the page of the sign-in under way again, and forgets its code when a new one begins', async () => {
    const opened: string[] = [];
    const connection = playConnection({
      'session.continueSignIn': async () => ({ address: 'https://hub.acme.example/go', userCode: null, opened: false }),
      'session.signInByDevice': async () => ({ verificationUri: 'https://x.example', userCode: 'A', expiresAt: 1 }),
      'session.signIn': async () => ({ authorizationUrl: 'https://hub.acme.example/new', opened: false }),
    });
    const panel = createPanel(connection, { now: () => NOW, openExternal: (url) => opened.push(url) });
    await panel.continueSignIn.run();
    expect(opened).toEqual(['https://hub.acme.example/go']);
    await panel.signInByDevice.run();
    await panel.signIn.run();
    expect(opened.at(-1)).toBe('https://hub.acme.example/new');
    expect(panel.signInByDevice.store.getState().phase).toBe('idle');
  });

  it('opens no address that is not of the web', async () => {
    const opened: string[] = [];
    const connection = playConnection({
      'session.signIn': async () => ({ authorizationUrl: 'javascript:alert(1)', opened: false }),
    });
    const panel = createPanel(connection, { now: () => NOW, openExternal: (url) => opened.push(url) });
    await panel.signIn.run();
    expect(opened).toEqual([]);
    expect(panel.signIn.store.getState()).toMatchObject({ phase: 'failed', problem: { code: 'sign-in-address' } });
  });
});
