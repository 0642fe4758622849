import type { DashboardShellMessages } from '../../en/dashboard/shell.ts';

/** The dashboard's frame in German. */
export const dashboardShellDe: DashboardShellMessages = {
  dashboard: 'Dashboard',
  connecting: 'Sie werden angemeldet …',
  signedOut: 'Abgemeldet',
  signInNeeded: 'Am Dashboard anmelden',
  signIn: 'Anmelden',
  signInAgain: 'Erneut anmelden',
  expired:
    'Ihre Anmeldung ist abgelaufen. Melden Sie sich erneut an, um fortzufahren; Ihre Änderungen bleiben erhalten.',
  freshNeeded: 'Passwort erneut eingeben',
  changePassword: 'Passwort ändern',
  signOut: 'Abmelden',
  views: 'Ansichten',
  viewName: {
    'registry-access': 'Registry-Zugriff',
    requests: 'Anfragen',
    activity: 'Aktivität',
    people: 'Personen',
    machines: 'Rechner',
    'roll-out': 'Rollout',
  },
  unsaved: 'nicht gespeicherte Änderungen',
  organization: 'Organisation',
  account: 'Konto und Darstellung',
  signedInAs: (name) => `Angemeldet als ${name}`,
  role: {
    owner: 'Eigentümer',
    'registry-manager': 'Registry-Verwalter',
    auditor: 'Prüfer',
    member: 'Mitglied',
  },
  member: {
    headline: (organization) => `Sie sind Mitglied von ${organization}`,
    text: 'Diese Seite ist für Personen, die die zugelassenen Registries verwalten. Was auf Ihrem Rechner zugelassen ist und warum etwas blockiert wird, zeigt Portcullis selbst.',
  },
  nowhere: {
    headline: 'Sie sind in keiner Organisation Mitglied',
    text: 'Bitten Sie einen Eigentümer Ihrer Organisation, Sie hinzuzufügen, und melden Sie sich dann erneut an.',
  },
  loading: 'Wird geladen …',
  tryAgain: 'Noch einmal versuchen',
  cancel: 'Abbrechen',
  leave: {
    headline: 'Abmelden und Änderungen verlieren?',
    text: 'Sie haben Änderungen, die nicht gespeichert sind.',
    confirm: 'Trotzdem abmelden',
    stay: 'Weiter bearbeiten',
  },
};
