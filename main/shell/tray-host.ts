import { type RunCommand, textOf } from '../platform/process/run-command.ts';
import type { Clock } from '../platform/time/clock.ts';

/** Where tray icons announce themselves on Linux (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/). */
const WATCHER = 'org.kde.StatusNotifierWatcher';

/** Milliseconds; a session bus that takes longer is broken. */
const PATIENCE = 3_000;

/** At login Portcullis may start before the program that shows the icons. How long to wait for it, and how often to ask, in milliseconds. */
const LOGIN_PATIENCE = 10_000;
const ASK_EVERY = 1_000;

/** A desktop without one may still get it: an extension is switched on, a panel comes up slowly. Milliseconds. */
const ASK_LATER = 15_000;

/** Whether its name has an owner. Every desktop has one of these tools: D-Bus' own, GLib's, systemd's. */
const QUESTIONS: readonly (readonly string[])[] = [
  [
    ...['dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'],
    ...['org.freedesktop.DBus.NameHasOwner', `string:${WATCHER}`],
  ],
  [
    ...['gdbus', 'call', '--session', '--dest=org.freedesktop.DBus', '--object-path=/org/freedesktop/DBus'],
    ...['--method=org.freedesktop.DBus.NameHasOwner', WATCHER],
  ],
  [
    ...['busctl', '--user', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus'],
    ...['org.freedesktop.DBus', 'NameHasOwner', 's', WATCHER],
  ],
];

/** `unanswered`: there is no session bus, or no tool to ask it with, and asking again would not help. */
export type TrayHost = 'shown' | 'not-shown' | 'unanswered';

/**
 * Whether this desktop shows tray icons. Electron does not say: where it does not (GNOME without an extension, a bare window manager), the
 * icon is created and never seen. Without an answer there has to be a window, because a program that cannot be reached is worse.
 */
export async function hasTrayHost(platform: NodeJS.Platform, run: RunCommand): Promise<TrayHost> {
  if (platform !== 'linux') return 'shown';
  for (const command of QUESTIONS) {
    const result = await run(command, { timeout: PATIENCE });
    // The bus took too long, and would for the next tool too.
    if (result.kind === 'failed' && result.errno === null) return 'not-shown';
    const { code, stdout } = textOf(result);
    if (code === 0) return stdout.includes('true') ? 'shown' : 'not-shown';
  }
  return 'unanswered';
}

/**
 * The same right after login, while the desktop is still starting; its session bus is there before anything is started on it.
 *
 * @param asked the first answer, which may be under way.
 */
export async function awaitTrayHost(
  platform: NodeJS.Platform,
  run: RunCommand,
  clock: Clock,
  asked = hasTrayHost(platform, run),
): Promise<TrayHost> {
  const end = clock.monotonic() + LOGIN_PATIENCE;
  for (let host = await asked; ; host = await hasTrayHost(platform, run)) {
    if (host !== 'not-shown' || clock.monotonic() >= end) return host;
    await new Promise<void>((resolve) => clock.after(ASK_EVERY, resolve));
  }
}

/** Asks now and then, on a desktop that shows no tray icons, until it does. */
export function whenTrayHost(platform: NodeJS.Platform, run: RunCommand, clock: Clock, comes: () => void): void {
  clock.after(ASK_LATER, async () => {
    if ((await hasTrayHost(platform, run)) === 'shown') comes();
    else whenTrayHost(platform, run, clock, comes);
  });
}
