import { row } from './row.ts';

export const engineProblems = {
  'engine-silent': row({
    example: { engine: 'Docker Engine' },
    en: {
      message: ({ engine }) => `${engine} does not report its settings.`,
      next: () => 'Restart the container engine.',
    },
    de: {
      message: ({ engine }) => `${engine} gibt keine Auskunft über die eigenen Einstellungen.`,
      next: () => 'Starten Sie die Container-Engine neu.',
    },
  }),
  'engine-forbidden': row({
    example: { engine: 'Docker Engine' },
    en: {
      message: ({ engine }) => `You have no permission to use ${engine}, so nothing can be checked.`,
      next: () =>
        'Ask your administrator for access to its socket (on Linux, the group docker), then log in to this machine again.',
    },
    de: {
      message: ({ engine }) => `Sie dürfen ${engine} nicht verwenden, deshalb lässt sich nichts prüfen.`,
      next: () =>
        'Bitten Sie Ihren Administrator um Zugriff auf den Socket (unter Linux: die Gruppe docker), und melden Sie sich dann neu an diesem Rechner an.',
    },
  }),
  'probe-no-answer': row({
    example: {},
    en: {
      message: () => 'The container engine could not look up a test name.',
      next: () => 'Restart the container engine. If that does not help, restart this machine.',
    },
    de: {
      message: () => 'Die Container-Engine konnte keinen Testnamen abfragen.',
      next: () => 'Starten Sie die Container-Engine neu. Wenn das nicht hilft, starten Sie diesen Rechner neu.',
    },
  }),
  'filter-no-answer': row({
    example: {},
    en: {
      message: () => 'The filter did not answer a test name.',
      next: () => 'Run the checks again.',
    },
    de: {
      message: () => 'Der Filter hat auf einen Testnamen nicht geantwortet.',
      next: () => 'Führen Sie die Prüfung noch einmal aus.',
    },
  }),
};
