import { row } from './row.ts';

/** The hub's answers about revisions, pipelines and activity. */
export const hubListProblems = {
  'no-such-revision': row({
    example: { organization: 'acme', revision: 99 },
    en: {
      message: ({ organization, revision }) => `${organization} has no revision ${revision}.`,
      next: () => 'Choose one of the revisions in the list.',
    },
    de: {
      message: ({ organization, revision }) => `${organization} hat keine Revision ${revision}.`,
      next: () => 'Wählen Sie eine Revision aus der Liste.',
    },
  }),
  'revision-not-kept': row({
    example: { revision: 3 },
    en: {
      message: ({ revision }) => `The list of revision ${revision} is no longer kept.`,
      next: () => 'Choose a newer revision.',
    },
    de: {
      message: ({ revision }) => `Die Liste der Revision ${revision} ist nicht mehr gespeichert.`,
      next: () => 'Wählen Sie eine neuere Revision.',
    },
  }),
  'filter-invalid': row({
    example: { name: 'from' },
    en: {
      message: ({ name }) => `The filter "${name}" is not valid.`,
      next: () => 'Use the values that docs/hub-api.md lists; times in RFC 3339 with an offset.',
    },
    de: {
      message: ({ name }) => `Der Filter "${name}" ist ungültig.`,
      next: () => 'Verwenden Sie die Werte aus docs/hub-api.md; Zeiten nach RFC 3339 mit Zeitzone.',
    },
  }),
  'export-format-invalid': row({
    example: {},
    en: { message: () => 'The export has no such format.', next: () => 'Use format=csv or format=jsonl.' },
    de: {
      message: () => 'Dieses Exportformat gibt es nicht.',
      next: () => 'Verwenden Sie format=csv oder format=jsonl.',
    },
  }),
};
