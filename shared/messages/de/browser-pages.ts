import type { BrowserPageMessages } from '../en/browser-pages.ts';

export const browserPagesDe: BrowserPageMessages = {
  signIn: {
    title: 'Bei Portcullis anmelden',
    of: {
      'this computer': 'Damit wird Portcullis auf diesem Rechner angemeldet.',
      'another device': 'Damit wird Portcullis auf dem Gerät angemeldet, das Ihren Code anzeigt.',
      'the dashboard': 'Damit melden Sie sich in diesem Browser beim Dashboard an.',
    },
    username: 'Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    cancel: 'Abbrechen',
    changePassword: 'Passwort ändern',
    continueAs: (name) => `Als ${name} fortfahren`,
    continueTitle: (name) => `Als ${name} fortfahren?`,
    another: 'Anderes Konto verwenden',
    atProvider: 'Mit dem Konto Ihrer Organisation anmelden',
  },
  device: {
    title: 'Gerät verbinden',
    enter: 'Geben Sie den Code ein, den Portcullis auf Ihrem anderen Gerät anzeigt.',
    never: 'Geben Sie nie einen Code ein, den Ihnen jemand geschickt hat.',
    code: 'Code',
    next: 'Weiter',
    confirmTitle: 'Ist das Ihr Gerät?',
    shows: 'Ein Gerät zeigt diesen Code an:',
    showsAt: (address) => `Ein Gerät mit der Adresse ${address} zeigt diesen Code an:`,
    warning:
      'Fahren Sie nur fort, wenn Sie das gerade selbst begonnen haben. Hat Ihnen jemand den Code geschickt, wäre er danach in Ihrem Namen angemeldet.',
    stop: 'Nein, abbrechen',
    done: {
      title: 'Angemeldet',
      text: 'Auf dem anderen Gerät geht es von selbst weiter. Sie können diese Seite schließen.',
    },
    cancelled: {
      title: 'Anmeldung abgebrochen',
      text: 'Das andere Gerät wurde nicht angemeldet. Sie können diese Seite schließen.',
    },
  },
  signOut: {
    title: 'In diesem Browser abmelden?',
    scope: 'Portcullis selbst bleibt angemeldet. Abmelden können Sie es in Portcullis.',
    submit: 'Abmelden',
    stay: 'Angemeldet bleiben',
    done: { title: 'Abgemeldet', text: 'Sie sind in diesem Browser abgemeldet. Sie können diese Seite schließen.' },
  },
  password: {
    welcome: 'Willkommen bei Portcullis',
    chooseNew: 'Neues Passwort wählen',
    invited: (organization, username) =>
      `Sie wurden zu **${organization}** eingeladen. Ihr Benutzername ist **${username}**.`,
    wasReset: (username) => `Ihr Passwort wurde zurückgesetzt. Ihr Benutzername ist **${username}**.`,
    rules: (characters) =>
      `Das Passwort braucht mindestens ${characters} Zeichen. Einige Wörter hintereinander sind ein gutes Passwort.`,
    label: 'Passwort',
    again: 'Passwort wiederholen',
    submit: 'Passwort speichern',
    setTitle: 'Ihr Passwort ist gespeichert',
    nowSignIn: (username) => `Öffnen Sie Portcullis auf Ihrem Rechner und melden Sie sich als **${username}** an.`,
  },
  changePassword: {
    title: 'Passwort ändern',
    present: 'Bisheriges Passwort',
    label: 'Neues Passwort',
    again: 'Neues Passwort wiederholen',
    signOut: 'Überall abmelden, weil jemand anders das bisherige Passwort kennen könnte',
    submit: 'Passwort ändern',
    forgotten:
      'Passwort vergessen? Ein Eigentümer Ihrer Organisation kann Ihnen einen Link schicken, über den Sie ein neues festlegen.',
    doneTitle: 'Ihr Passwort ist geändert',
    stillSignedIn: 'Wo Sie angemeldet waren, bleiben Sie es. Sie können diese Seite schließen.',
    signInAgain:
      'Sie sind überall abgemeldet. Melden Sie sich mit dem neuen Passwort zuerst bei Portcullis an: Bis dahin blockiert es möglicherweise alle Pulls.',
  },
  firstOwner: {
    title: 'Erste Person mit der Rolle Eigentümer anlegen',
    intro:
      'Geben Sie den Code ein, den „portcullis-hub first-owner“ auf dem Server ausgegeben hat, und wählen Sie, womit Sie sich anmelden werden.',
    code: 'Code',
    submit: 'Konto anlegen',
    doneTitle: 'Sie haben die Rolle Eigentümer',
    nowSignIn: (username) =>
      `Melden Sie sich als ${username} an, um die Registries festzulegen, die Ihre Organisation zulässt, und die Personen, die sie nutzen dürfen.`,
  },
  start: {
    title: 'Dies ist ein Portcullis-Server',
    text: 'Portcullis meldet sich hier an und erhält hier seine Richtlinie. Öffnen Sie zum Anfangen Portcullis auf Ihrem Rechner.',
    forOwners: 'Für Eigentümer: die zugelassenen Registries, Aktivität und Personen.',
  },
  openDashboard: 'Dashboard öffnen',
  reply: {
    signedIn: {
      title: 'Sie sind angemeldet',
      text: (name, organization) => `${name} ist bei ${organization} angemeldet.`,
    },
    notSignedIn: 'Sie sind nicht angemeldet',
    replaced: {
      title: 'Eine neuere Anmeldung hat diese ersetzt',
      text: 'Machen Sie in dem Fenster weiter, das sich zuletzt geöffnet hat.',
    },
    misdirected: { title: 'Falsche Adresse', text: 'Diese Seite gibt es nur unter ihrer IP-Adresse.' },
    notFound: 'Seite nicht gefunden',
    foreign: {
      title: 'Diese Antwort gehört zu keiner Anmeldung',
      text: 'Die laufende Anmeldung hat nicht um sie gebeten; sie wurde nicht beachtet.',
      next: 'Falls Sie noch nicht angemeldet sind, beginnen Sie in Portcullis neu.',
    },
    replayed: { title: 'Diese Antwort wurde schon verwendet', text: 'Jede Anmeldung nimmt nur eine Antwort an.' },
    open: 'Portcullis öffnen',
    close: 'Sie können dieses Fenster schließen.',
    closeAndReturn: 'Sie können dieses Fenster schließen und zu Portcullis zurückkehren.',
  },
};
