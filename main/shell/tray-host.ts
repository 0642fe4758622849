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

/** Every desktop has one of these: D-Bus' own tool, GLib's, systemd's. */
const QUESTIONS: readonly { command: readonly string[]; yes: RegExp }[] = [
  {
    command: [
      'dbus-send',
      '--session',
      '--print-reply',
      '--dest=org.freedesktop.DBus',
      '/org/freedesktop/DBus',
      'org.freedesktop.DBus.NameHasOwner',
      `string:${WATCHER}`,
    ],
    yes: /boolean true/,
  },
  {
    command: [
      'gdbus',
      'call',
      '--session',
      '--dest=org.freedesktop.DBus',
      '--object-path=/org/freedesktop/DBus',
      '--method=org.freedesktop.DBus.NameHasOwner',
      WATCHER,
    ],
    yes: /true/,
  },
  { command: ['busctl', '--user', 'status', WATCHER], yes: /PID=/ },
];

/**
 * Whether this desktop shows tray icons. Electron does not say: where it does not (GNOME without an extension, a bare window manager), the
 * icon is created and never seen. Unknown counts as no, because an unneeded window is better than a program that cannot be reached.
 */
export async function hasTrayHost(platform: NodeJS.Platform, run: RunCommand): Promise<boolean> {
  if (platform !== 'linux') return true;
  for (const { command, yes } of QUESTIONS) {
    const answer = textOf(await run(command, { timeout: PATIENCE }));
    if (answer.code === 0) return yes.test(answer.stdout);
  }
  return false;
}

/** The same right after login, while the desktop is still starting. */
export async function awaitTrayHost(platform: NodeJS.Platform, run: RunCommand, clock: Clock): Promise<boolean> {
  const end = clock.monotonic() + LOGIN_PATIENCE;
  for (;;) {
    if (await hasTrayHost(platform, run)) return true;
    if (clock.monotonic() >= end) return false;
    await new Promise<void>((resolve) => clock.after(ASK_EVERY, resolve));
  }
}

/** Asks now and then, on a desktop that shows no tray icons, until it does. */
export function whenTrayHost(platform: NodeJS.Platform, run: RunCommand, clock: Clock, comes: () => void): void {
  clock.after(ASK_LATER, async () => {
    if (await hasTrayHost(platform, run)) comes();
    else whenTrayHost(platform, run, clock, comes);
  });
}
