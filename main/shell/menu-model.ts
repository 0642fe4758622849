import { describeState, organizationOf, titleOf } from '../../shared/messages/describe-state.ts';
import type { Words } from '../../shared/messages/words.ts';
import { problemIn } from '../../shared/problems/catalogue.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { belongs, isSigningIn, maySignIn, maySignOut } from '../../shared/state/session.ts';
import type { AgentView } from './agent-view.ts';

export type MenuCommand =
  | 'open-panel'
  | 'sync'
  | 'sign-in'
  | 'continue-sign-in'
  | 'cancel-sign-in'
  | 'sign-out'
  | 'check-clipboard'
  | 'copy-summary'
  | 'save-report'
  | 'open-logs'
  | 'start-at-login'
  | 'notifications'
  | 'quit';

export type MenuEntry =
  | { kind: 'text'; label: string }
  | { kind: 'separator' }
  | { kind: 'command'; command: MenuCommand; label: string; enabled: boolean; checked?: boolean }
  | { kind: 'submenu'; label: string; entries: MenuEntry[] };

/**
 * The tray's menu, which is also the window's where there is no tray.
 *
 * @param now milliseconds since 1970.
 */
export function menuModel(view: AgentView, now: number, words: Words): MenuEntry[] {
  const { menu } = words.shell;
  const snapshot = view.kind === 'running' ? view.snapshot : null;
  const command = (name: MenuCommand, label: string, enabled = true): MenuEntry => ({
    kind: 'command',
    command: name,
    label,
    enabled,
  });
  return [
    ...stateLines(view, now, words).map((label): MenuEntry => ({ kind: 'text', label })),
    { kind: 'separator' },
    command('open-panel', menu.open),
    command('check-clipboard', menu.checkClipboard, snapshot !== null),
    { kind: 'separator' },
    snapshot?.sync.running
      ? command('sync', menu.syncing, false)
      : command('sync', menu.sync, snapshot !== null && mayBelong(snapshot)),
    ...sessionCommands(snapshot).map((name) => command(name, sessionLabel(name, words), snapshot !== null)),
    { kind: 'separator' },
    {
      kind: 'submenu',
      label: menu.support,
      entries: [
        command('copy-summary', menu.copySummary, snapshot !== null),
        command('save-report', menu.saveReport, snapshot !== null),
        command('open-logs', menu.openLogs),
      ],
    },
    ...(['startAtLogin', 'notifications'] as const).map((name) => preferenceEntry(name, snapshot, words)),
    { kind: 'separator' },
    command('quit', quitLabel(snapshot, words)),
  ];
}

/** A setting that the administrator has locked, or that there cannot be here, is shown, but disabled. */
function preferenceEntry(
  name: 'startAtLogin' | 'notifications',
  snapshot: Snapshot | null,
  { shell }: Words,
): MenuEntry {
  const { value, locked } = snapshot?.preferences[name] ?? { value: false, locked: false };
  // An agent that knows no start at login belongs to a program that is not installed.
  const isMissing = name === 'startAtLogin' && snapshot !== null && snapshot.preferences.startAtLogin === null;
  const plain = shell.menu[name];
  const isRefused = name === 'startAtLogin' && snapshot?.preferences.startAtLogin?.problem !== undefined;
  const { notInstalled, refused, locked: isLocked } = shell.menu;
  const reason = isMissing ? notInstalled : isRefused ? refused : locked ? isLocked : null;
  return {
    kind: 'command',
    command: name === 'startAtLogin' ? 'start-at-login' : 'notifications',
    label: reason === null ? plain : reason(plain),
    enabled: snapshot !== null && !locked && !isMissing,
    checked: value,
  };
}

/** What is in force and who is signed in: what people look for first. */
function stateLines(view: AgentView, now: number, words: Words): string[] {
  const { shell } = words;
  switch (view.kind) {
    case 'starting':
      return [shell.starting];
    case 'failed':
      return [shell.failed.headline, problemIn(words.language, view.problem).message];
    case 'running': {
      return [titleOf(describeState(view.snapshot, now, words)), sessionLine(view.snapshot, now, words)];
    }
  }
}

function sessionLine(snapshot: Snapshot, now: number, { shell, time }: Words): string {
  const { session } = snapshot;
  if (session === null) return shell.starting;
  if (belongs(session)) return shell.member(organizationOf(snapshot), nameOf(session.user));
  if (session.kind === 'signing-in') {
    return shell.signingIn(session.until === undefined ? null : time.until(session.until, now));
  }
  return session.kind === 'wrong-organization' ? shell.notMember(nameOf(session.user)) : shell.signedOut;
}

function nameOf({ name, sub }: { name?: string | undefined; sub: string }): string {
  return name ?? sub;
}

/** Without a member there is no policy to fetch. */
function mayBelong({ session }: Snapshot): boolean {
  return session !== null && belongs(session);
}

type SessionCommand = 'sign-in' | 'continue-sign-in' | 'cancel-sign-in' | 'sign-out';

function sessionCommands(snapshot: Snapshot | null): SessionCommand[] {
  const session = snapshot?.session ?? null;
  if (session === null) return ['sign-in'];
  if (isSigningIn(session)) return ['continue-sign-in', 'sign-in', 'cancel-sign-in'];
  const ways: [SessionCommand, boolean][] = [
    ['sign-in', maySignIn(session)],
    ['sign-out', maySignOut(session)],
  ];
  return ways.flatMap(([command, open]) => (open ? [command] : []));
}

function sessionLabel(command: SessionCommand, { shell }: Words): string {
  const { menu } = shell;
  return {
    'sign-in': menu.signIn,
    'continue-sign-in': menu.continueSignIn,
    'cancel-sign-in': menu.cancelSignIn,
    'sign-out': menu.signOut,
  }[command];
}

function quitLabel(snapshot: Snapshot | null, { shell }: Words): string {
  const { quit } = shell.menu;
  switch (snapshot?.state.traffic) {
    case 'allow-list':
    case 'previous-rules':
    case 'recorded':
      return quit.rules;
    case 'deny':
      return quit.deny;
    case 'normal':
      return quit.plain;
    case 'unknown':
    case 'none':
    case undefined:
      return quit.unknown;
  }
}
