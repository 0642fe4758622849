/** The words of tray, windows and notifications in English, beside those that depend on the state. */
export const shellEn = {
  starting: 'Portcullis is starting',
  failed: {
    headline: 'Portcullis is being restarted',
    sentence: 'The filter goes on by itself with the last policy.',
  },
  member: (org: string, user: string) => `${org}, signed in as ${user}`,
  notMember: (user: string) => `${user} is in no allowed organization`,
  nobody: 'Nobody is signed in',
  signingIn: 'Signing in…',
  menu: {
    open: 'Open Portcullis',
    sync: 'Sync now',
    syncing: 'Syncing…',
    signIn: 'Sign in…',
    cancelSignIn: 'Cancel signing in',
    signOut: 'Sign out…',
    checkClipboard: 'Check the image on the clipboard',
    support: 'Support',
    copySummary: 'Copy a summary',
    saveReport: 'Save a report',
    openLogs: 'Show the log files',
    startAtLogin: 'Start at login',
    /** A setting that the administrator has decided. */
    locked: (setting: string) => `${setting} (set by your administrator)`,
    notifications: 'Notifications',
    /** What ending the tray means for pulls: nothing, and that is said. */
    quit: {
      rules: 'Quit (restrictions stay in force)',
      deny: 'Quit (pulls stay refused)',
      plain: 'Quit',
      unknown: 'Quit (the filter goes on by itself)',
    },
  },
  notice: {
    refused: (host: string) => `Refused: ${host}`,
    why: 'Why?',
    copyRequest: 'Copy request',
    lost: 'Restrictions are NOT in force',
    restored: 'Restrictions are in force again',
    signIn: 'Sign in to pull images',
    failed: 'Portcullis failed and is being restarted',
    /** Where a notification has no buttons. */
    click: 'Click to see why, and for a request to send.',
  },
  noTray: 'This desktop shows no tray icons, so Portcullis is in this window.',
  crashed: {
    title: 'The panel failed',
    sentence: 'It failed twice in a row. The filter does not depend on it and goes on.',
    again: 'Open it again',
  },
};

/** What another language has to provide. */
export type ShellMessages = typeof shellEn;
