import type { ShellMessages } from '../en/shell.ts';

/** The words of tray, windows and notifications in German. */
export const shellDe: ShellMessages = {
  starting: 'Portcullis startet',
  failed: {
    headline: 'Portcullis startet neu',
    sentence: 'Der Filter läuft mit der letzten Richtlinie weiter.',
  },
  member: (org, user) => `${org}, angemeldet als ${user}`,
  notMember: (user) => `${user} gehört zu keiner erlaubten Organisation`,
  signedOut: 'Nicht angemeldet',
  signingIn: (left) => (left === null ? 'Anmeldung läuft …' : `Anmeldung läuft, endet ${left}`),
  menu: {
    open: 'Portcullis öffnen',
    sync: 'Jetzt synchronisieren',
    syncing: 'Wird synchronisiert …',
    signIn: 'Anmelden …',
    continueSignIn: 'Anmeldung fortsetzen',
    cancelSignIn: 'Anmeldung abbrechen',
    signOut: 'Abmelden …',
    checkClipboard: 'Image aus der Zwischenablage prüfen',
    support: 'Support',
    copySummary: 'Zusammenfassung kopieren',
    saveReport: 'Bericht speichern',
    openLogs: 'Protokolldateien anzeigen',
    startAtLogin: 'Beim Anmelden am Rechner starten',
    notifications: 'Benachrichtigungen',
    locked: (setting) => `${setting} (von Ihrem Administrator verwaltet)`,
    notInstalled: (setting) => `${setting} (nur in der installierten App)`,
    quit: {
      rules: 'Beenden (Einschränkungen bleiben in Kraft)',
      deny: 'Beenden (Pulls bleiben blockiert)',
      plain: 'Beenden',
      unknown: 'Beenden (der Filter läuft weiter)',
    },
  },
  notice: {
    blocked: (host) => `Blockiert: ${host}`,
    why: 'Warum?',
    copyRequest: 'Anfrage kopieren',
    lost: 'Einschränkungen sind NICHT in Kraft',
    restored: 'Einschränkungen sind wieder in Kraft',
    signIn: 'Melden Sie sich an, um Images zu laden',
    failed: 'Portcullis ist ausgefallen und startet neu',
    click: 'Klicken Sie, um den Grund zu sehen und eine Anfrage zu kopieren.',
  },
  noTray: 'Dieser Desktop zeigt keine Symbole im Infobereich; deshalb läuft Portcullis in diesem Fenster.',
  crashed: {
    title: 'Die Oberfläche ist abgestürzt',
    sentence: 'Sie ist zweimal hintereinander abgestürzt. Der Filter läuft ohne sie weiter.',
    again: 'Oberfläche erneut öffnen',
  },
};
