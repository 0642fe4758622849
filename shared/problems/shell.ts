import { row } from './row.ts';

export const shellProblems = {
  'agent-failed': row({
    example: {},
    en: {
      message: () => 'Portcullis could not start.',
      next: () => 'It keeps trying. The last policy stays in force.',
    },
    de: {
      message: () => 'Portcullis konnte nicht starten.',
      next: () => 'Es wird weiter versucht. Die letzte Richtlinie bleibt in Kraft.',
    },
  }),
  'agent-fault': row({
    example: {},
    en: {
      message: () => 'Portcullis hit an internal error and is restarting.',
      next: () => 'The last policy stays in force.',
    },
    de: {
      message: () => 'In Portcullis ist ein interner Fehler aufgetreten; es startet neu.',
      next: () => 'Die letzte Richtlinie bleibt in Kraft.',
    },
  }),
  'agent-starting': row({
    example: {},
    en: { message: () => 'Portcullis is still starting.', next: () => 'Try again in a moment.' },
    de: { message: () => 'Portcullis startet noch.', next: () => 'Versuchen Sie es gleich noch einmal.' },
  }),
  'login-item-refused': row({
    example: {},
    en: {
      message: () => 'The system did not change whether Portcullis starts at login.',
      next: () => 'Change it in the system’s settings, under login items or startup apps.',
    },
    de: {
      message: () => 'Das System hat nicht geändert, ob Portcullis beim Anmelden startet.',
      next: () => 'Ändern Sie es in den Systemeinstellungen unter „Anmeldeobjekte“ oder „Autostart“.',
    },
  }),
  'no-sandbox': row({
    example: {},
    en: {
      message: () => 'Portcullis does not open its window without a sandbox.',
      next: () => 'Start it without --no-sandbox, as a user other than root.',
    },
    de: {
      message: () => 'Ohne Sandbox öffnet Portcullis sein Fenster nicht.',
      next: () => 'Starten Sie es ohne --no-sandbox und nicht als root.',
    },
  }),
};
