import { describe, expect, it } from 'vitest';
import type { AgentView } from '../../../main/shell/agent-view.ts';
import { type MenuCommand, type MenuEntry, menuModel } from '../../../main/shell/menu-model.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { PreferencesView } from '../../../shared/schemas/preferences.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { StateInputs } from '../../../shared/state/inputs.ts';
import { allGood, inputsFor, NOW, policies, sessions, snapshotOf } from '../../support/snapshots.ts';

const words = wordsFor('system', 'en');
const preferences: PreferencesView = {
  theme: { value: 'system', locked: false },
  language: { value: 'system', locked: false },
  startAtLogin: { value: true, locked: false },
  notifications: { value: true, locked: false },
};
const running = (inputs: StateInputs, change: Partial<Snapshot> = {}): AgentView => ({
  kind: 'running',
  snapshot: snapshotOf(inputs, { preferences, ...change }),
});

function menuOf(view: AgentView) {
  const entries = menuModel(view, NOW, words);
  const flat = (list: MenuEntry[]): MenuEntry[] =>
    list.flatMap((entry) => (entry.kind === 'submenu' ? flat(entry.entries) : [entry]));
  const commands = flat(entries).filter((entry) => entry.kind === 'command');
  return {
    texts: entries.flatMap((entry) => (entry.kind === 'text' ? [entry.label] : [])),
    commands: commands.map(({ command }) => command),
    find: (name: MenuCommand) => commands.find(({ command }) => command === name),
  };
}

describe('the menu', () => {
  it('begins with what is in force, and who is signed in to what', () => {
    expect(menuOf(running(allGood)).texts).toEqual(['Restricted by acme', 'acme, signed in as Mia']);
    expect(menuOf(running(inputsFor['sign-in-required'])).texts).toEqual(['Sign in to pull images', 'Not signed in']);
    const wrong = { ...inputsFor['sign-in-required'], session: sessions['wrong-organization'] };
    expect(menuOf(running(wrong)).texts[1]).toBe('Gus is not in an allowed organization');
  });

  it('has everything, in the order in which it is wanted', () => {
    expect(menuOf(running(allGood)).commands).toEqual([
      'open-panel',
      'check-clipboard',
      'sync',
      'sign-out',
      'copy-summary',
      'save-report',
      'open-logs',
      'start-at-login',
      'notifications',
      'quit',
    ]);
  });

  it.each([
    ['nobody is signed in', sessions['signed-out'], ['sign-in']],
    ['a sign-in is under way', sessions['signing-in'], ['continue-sign-in', 'sign-in', 'cancel-sign-in']],
    ['somebody is signed in', sessions['signed-in'], ['sign-out']],
    ['the server is away', sessions.offline, ['sign-out']],
    ['one of the wrong organization was turned away', sessions['wrong-organization'], ['sign-in']],
    ['another server is set', { kind: 'signed-out', problem: null, kept: true }, ['sign-in', 'sign-out']],
    ['that one’s sign-in is kept', { ...sessions['wrong-organization'], kept: true }, ['sign-in', 'sign-out']],
    ['the credential is lost', sessions['credential-unreadable'], ['sign-in', 'sign-out']],
    [
      'another sign-in is under way',
      { ...sessions['signed-in'], signingInSince: NOW },
      ['continue-sign-in', 'sign-in', 'cancel-sign-in'],
    ],
  ] as const)('while %s, it offers %o', (_when, session, expected) => {
    const { commands } = menuOf(running({ ...allGood, session, policy: policies['none at all'] }));
    expect(commands.filter((command) => command.includes('sign-'))).toEqual(expected);
  });

  it('offers a sync only to somebody who has something to fetch, and only one at a time', () => {
    expect(menuOf(running(allGood)).find('sync')).toMatchObject({ label: 'Sync now', enabled: true });
    expect(menuOf(running(inputsFor.unmanaged)).find('sync')).toMatchObject({ enabled: false });
    const { sync } = snapshotOf(allGood);
    expect(menuOf(running(allGood, { sync: { ...sync, running: true } })).find('sync')).toMatchObject({
      label: 'Syncing…',
      enabled: false,
    });
  });

  it.each([
    ['enforcing', 'Quit (restrictions stay in force)'],
    ['securing', 'Quit (restrictions stay in force)'],
    ['auditing', 'Quit (restrictions stay in force)'],
    ['locked', 'Quit (pulls stay blocked)'],
    ['sign-in-required', 'Quit (pulls stay blocked)'],
    ['unmanaged', 'Quit'],
    ['restrictions-off', 'Quit'],
    ['not-enforcing', 'Quit (the filter keeps running)'],
  ] as const)('in state %s, quitting says what stays: %s', (state, label) => {
    expect(menuOf(running(inputsFor[state])).find('quit')).toMatchObject({ label, enabled: true });
  });

  it('shows what the administrator has decided, and lets nobody change it', () => {
    const locked = { ...preferences, startAtLogin: { value: true, locked: true } };
    expect(menuOf(running(allGood, { preferences: locked })).find('start-at-login')).toEqual({
      kind: 'command',
      command: 'start-at-login',
      label: 'Start at login (managed by your administrator)',
      enabled: false,
      checked: true,
    });
    expect(menuOf(running(allGood)).find('start-at-login')).toMatchObject({ enabled: true, checked: true });
  });

  it('shows a start at login as it is, and that the system did not follow, also where it is locked', () => {
    const refusal = problem('cannot-write', { path: '/home/mia/.config/autostart/portcullis.desktop' });
    for (const locked of [false, true]) {
      const startAtLogin = { value: false, locked, problem: refusal };
      expect(
        menuOf(running(allGood, { preferences: { ...preferences, startAtLogin } })).find('start-at-login'),
      ).toEqual({
        kind: 'command',
        command: 'start-at-login',
        label: 'Start at login (could not be changed)',
        enabled: !locked,
        checked: false,
      });
    }
  });

  it('does not offer a start at login to a program that is not installed', () => {
    expect(
      menuOf(running(allGood, { preferences: { ...preferences, startAtLogin: null } })).find('start-at-login'),
    ).toEqual({
      kind: 'command',
      command: 'start-at-login',
      label: 'Start at login (installed app only)',
      enabled: false,
      checked: false,
    });
  });

  it('can still be opened, read and quit while the agent is away', () => {
    const problem = { code: 'agent-fault', message: 'Portcullis hit an internal error and is restarting.' };
    const away = menuOf({ kind: 'failed', problem });
    expect(away.texts).toEqual(['Portcullis is restarting', problem.message]);
    for (const command of ['open-panel', 'open-logs', 'quit'] as const)
      expect(away.find(command)?.kind).toBe('command');
    expect(away.find('sync')).toMatchObject({ enabled: false });
    expect(away.find('quit')).toMatchObject({ label: 'Quit (the filter keeps running)', enabled: true });
    expect(menuOf({ kind: 'starting' }).texts).toEqual(['Portcullis is starting']);
  });
});
