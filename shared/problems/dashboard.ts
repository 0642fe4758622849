import { row } from './row.ts';

/** What goes wrong in the dashboard, and between it and the organization's server. */
export const dashboardProblems = {
  'dashboard-not-built': row({
    example: {},
    en: {
      message: () => 'The dashboard has not been built.',
      next: () => 'Run "npm run build", then start the server again.',
    },
    de: {
      message: () => 'Das Dashboard wurde noch nicht gebaut.',
      next: () => 'Führen Sie „npm run build“ aus, und starten Sie den Server dann erneut.',
    },
  }),
  'dashboard-offline': row({
    example: {},
    en: {
      message: () => 'The server did not answer.',
      next: () => 'Check your connection and try again. Your changes are kept.',
    },
    de: {
      message: () => 'Der Server hat nicht geantwortet.',
      next: () => 'Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal. Ihre Änderungen bleiben erhalten.',
    },
  }),
  'dashboard-bad-answer': row({
    example: {},
    en: {
      message: () => 'The server gave an answer that the dashboard does not understand.',
      next: () => 'Reload the page. If it happens again, a proxy may be changing the answers.',
    },
    de: {
      message: () => 'Das Dashboard versteht die Antwort des Servers nicht.',
      next: () => 'Laden Sie die Seite neu. Tritt es wieder auf, verändert vielleicht ein Proxy die Antworten.',
    },
  }),
  'dashboard-sign-in-cancelled': row({
    example: {},
    en: { message: () => 'Sign-in was cancelled.' },
    de: { message: () => 'Die Anmeldung wurde abgebrochen.' },
  }),
  'dashboard-sign-in-failed': row({
    example: {},
    en: { message: () => 'Sign-in did not work.', next: () => 'Try again.' },
    de: { message: () => 'Die Anmeldung hat nicht funktioniert.', next: () => 'Versuchen Sie es noch einmal.' },
  }),
};
