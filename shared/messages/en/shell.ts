/** The words of tray, windows and notifications in English, beside those that depend on the state. */
export const shellEn = {
  starting: 'Portcullis is starting',
  failed: {
    headline: 'Portcullis is restarting',
    sentence: 'The filter keeps running with the last policy.',
  },
  member: (org: string, user: string) => `${org}, signed in as ${user}`,
  notMember: (user: string) => `${user} is not in an allowed organization`,
  signedOut: 'Not signed in',
  /** @param left as in `in 4 min.` */
  signingIn: (left: string | null) => (left === null ? 'Signing in…' : `Signing in, expires ${left}`),
  menu: {
    open: 'Open Portcullis',
    sync: 'Sync now',
    syncing: 'Syncing…',
    signIn: 'Sign in…',
    continueSignIn: 'Continue sign-in',
    cancelSignIn: 'Cancel sign-in',
    signOut: 'Sign out…',
    checkClipboard: 'Check image from clipboard',
    support: 'Support',
    copySummary: 'Copy summary',
    saveReport: 'Save report',
    openLogs: 'Show log files',
    startAtLogin: 'Start at login',
    /** A setting that the administrator has locked. */
    locked: (setting: string) => `${setting} (managed by your administrator)`,
    /** A setting that a program which was not installed, as the demo, does not have. */
    notInstalled: (setting: string) => `${setting} (installed app only)`,
    /** A setting that the system did not follow. */
    refused: (setting: string) => `${setting} (could not be changed)`,
    notifications: 'Notifications',
    /** Quitting the tray changes nothing for pulls, which surprises people. */
    quit: {
      rules: 'Quit (restrictions stay in force)',
      deny: 'Quit (pulls stay blocked)',
      plain: 'Quit',
      unknown: 'Quit (the filter keeps running)',
    },
  },
  notice: {
    blocked: (host: string) => `Blocked: ${host}`,
    why: 'Why?',
    copyRequest: 'Copy request',
    lost: 'Restrictions are NOT in force',
    restored: 'Restrictions are in force again',
    signIn: 'Sign in to pull images',
    failed: 'Portcullis failed and is restarting',
    /** Where a notification has no buttons. */
    click: 'Click to see why and to copy a request.',
  },
  noTray: 'This desktop does not show tray icons, so Portcullis runs in this window.',
  crashed: {
    title: 'The panel crashed',
    sentence: 'It crashed twice in a row. The filter keeps running without it.',
    again: 'Reopen the panel',
  },
};

/** What another language has to provide. */
export type ShellMessages = typeof shellEn;
