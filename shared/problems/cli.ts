import { row } from './row.ts';

export const cliProblems = {
  unexpected: row({
    example: {},
    en: {
      message: () => 'Portcullis hit an unexpected error.',
      next: () => 'Try again. If it happens again, send your administrator a report (portcullis report).',
    },
    de: {
      message: () => 'In Portcullis ist ein unerwarteter Fehler aufgetreten.',
      next: () =>
        'Versuchen Sie es noch einmal. Tritt er wieder auf, senden Sie Ihrem Administrator einen Bericht (portcullis report).',
    },
  }),
};
