import type { ShellMessages } from '../en/shell.ts';

/** The words of tray, windows and notifications in German. */
export const shellDe: ShellMessages = {
  starting: 'Portcullis startet',
  failed: {
    headline: 'Portcullis wird neu gestartet',
    sentence: 'Der Filter läuft mit der letzten Richtlinie von selbst weiter.',
  },
  member: (org, user) => `${org}, angemeldet als ${user}`,
  notMember: (user) => `${user} gehört zu keiner zugelassenen Organisation`,
  nobody: 'Niemand ist angemeldet',
  signingIn: 'Anmeldung läuft …',
  menu: {
    open: 'Portcullis öffnen',
    sync: 'Jetzt abgleichen',
    syncing: 'Wird abgeglichen …',
    signIn: 'Anmelden …',
    cancelSignIn: 'Anmeldung abbrechen',
    signOut: 'Abmelden …',
    checkClipboard: 'Image in der Zwischenablage prüfen',
    support: 'Hilfe',
    copySummary: 'Überblick kopieren',
    saveReport: 'Bericht speichern',
    openLogs: 'Protokolldateien zeigen',
    startAtLogin: 'Bei der Anmeldung am Rechner starten',
    notifications: 'Benachrichtigungen',
    locked: (setting) => `${setting} (vom Administrator festgelegt)`,
    quit: {
      rules: 'Beenden (Einschränkungen bleiben in Kraft)',
      deny: 'Beenden (Pulls werden weiter abgelehnt)',
      plain: 'Beenden',
      unknown: 'Beenden (der Filter läuft von selbst weiter)',
    },
  },
  notice: {
    refused: (host) => `Abgelehnt: ${host}`,
    why: 'Warum?',
    copyRequest: 'Anfrage kopieren',
    lost: 'Einschränkungen sind NICHT in Kraft',
    restored: 'Einschränkungen sind wieder in Kraft',
    signIn: 'Anmelden, um Images zu laden',
    failed: 'Portcullis ist ausgefallen und wird neu gestartet',
    click: 'Ein Klick zeigt, warum, und eine Anfrage zum Abschicken.',
  },
  noTray: 'Dieser Desktop zeigt keine Symbole im Infobereich; deshalb ist Portcullis in diesem Fenster.',
  crashed: {
    title: 'Die Oberfläche ist ausgefallen',
    sentence: 'Sie ist zweimal hintereinander ausgefallen. Der Filter hängt nicht von ihr ab und läuft weiter.',
    again: 'Erneut öffnen',
  },
};
