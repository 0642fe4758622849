import { row } from './row.ts';

/** What goes wrong in the panel, and between it and the agent. */
export const panelProblems = {
  'panel-failed': row({
    example: {},
    en: { message: () => 'The panel hit an unexpected error.', next: () => 'Reload the panel.' },
    de: {
      message: () => 'Im Portcullis-Fenster ist ein unerwarteter Fehler aufgetreten.',
      next: () => 'Laden Sie das Fenster neu.',
    },
  }),
  'shell-failed': row({
    example: {},
    en: { message: () => 'The panel could not reach the Portcullis app.', next: () => 'Try again.' },
    de: {
      message: () => 'Das Fenster konnte die Portcullis-App nicht erreichen.',
      next: () => 'Versuchen Sie es noch einmal.',
    },
  }),
  'connection-lost': row({
    example: {},
    en: { message: () => 'The connection to Portcullis was lost.' },
    de: { message: () => 'Die Verbindung zu Portcullis ist abgebrochen.' },
  }),
  'list-unsteady': row({
    example: {},
    en: { message: () => 'The list is changing faster than it can be loaded.', next: () => 'Try again in a moment.' },
    de: {
      message: () => 'Die Liste ändert sich schneller, als sie geladen werden kann.',
      next: () => 'Versuchen Sie es gleich noch einmal.',
    },
  }),
  'sign-in-address': row({
    example: {},
    en: {
      message: () => 'The address of the sign-in page is not a web address.',
      next: () => 'Ask your administrator to check the server address in the configuration.',
    },
    de: {
      message: () => 'Die Adresse der Anmeldeseite ist keine Webadresse.',
      next: () => 'Bitten Sie Ihren Administrator, die Serveradresse in der Konfiguration zu prüfen.',
    },
  }),
  'ipc-malformed': row({
    example: {},
    en: { message: () => 'The message is not a valid request.' },
    de: { message: () => 'Die Nachricht ist keine gültige Anfrage.' },
  }),
  'ipc-unknown-call': row({
    example: {},
    en: { message: () => 'This call does not exist here.' },
    de: { message: () => 'Diesen Aufruf gibt es hier nicht.' },
  }),
  'ipc-bad-arguments': row({
    example: { call: 'registries.list' },
    en: { message: ({ call }) => `The arguments of ${call} are not valid.` },
    de: { message: ({ call }) => `Die Argumente von ${call} sind ungültig.` },
  }),
  'ipc-bad-answer': row({
    example: { call: 'registries.list' },
    en: {
      message: ({ call }) => `The answer to ${call} is not valid.`,
      next: () => 'Check that the panel or command and the agent are the same version.',
    },
    de: {
      message: ({ call }) => `Die Antwort auf ${call} ist ungültig.`,
      next: () => 'Prüfen Sie, ob Fenster oder Befehl und Agent dieselbe Version haben.',
    },
  }),
};
