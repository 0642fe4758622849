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

  // Tokens of pipelines.
  'pipeline-token-invalid': row({
    example: {},
    en: {
      message: () =>
        'The token of this pipeline is not valid: it has expired or was deleted, or whoever created it is no longer an owner.',
      next: () => 'Ask an owner for a new one: portcullis hub tokens create.',
    },
    de: {
      message: () =>
        'Das Token dieser Pipeline ist ungültig: Es ist abgelaufen oder gelöscht, oder wer es erstellt hat, ist kein Eigentümer mehr.',
      next: () => 'Bitten Sie einen Eigentümer um ein neues: portcullis hub tokens create.',
    },
  }),
  'pipeline-token-limited': row({
    example: {},
    en: {
      message: () => 'The token of a pipeline is not enough for this.',
      next: () => 'To save the list, use a token with the right "apply"; for everything else, sign in.',
    },
    de: {
      message: () => 'Dafür reicht das Token einer Pipeline nicht.',
      next: () =>
        'Zum Speichern der Liste braucht es ein Token mit dem Recht "apply"; für alles andere melden Sie sich an.',
    },
  }),
  'pipeline-token-may-not-switch-off': row({
    example: {},
    en: {
      message: () => 'A pipeline may not switch restrictions off or stop enforcing them. Nothing was saved.',
      next: () => 'Sign in as a registry manager or an owner to do that.',
    },
    de: {
      message: () =>
        'Eine Pipeline darf die Einschränkungen weder ausschalten noch ihre Durchsetzung beenden. Nichts wurde gespeichert.',
      next: () => 'Melden Sie sich dafür als Registry-Verwalter oder Eigentümer an.',
    },
  }),
  'pipeline-token-request-invalid': row({
    example: {},
    en: {
      message: () => 'The request for a token is not valid.',
      next: () =>
        'Give a name of letters, digits, dot, dash and underscore, the rights "read" or "apply", and 1 to 366 days.',
    },
    de: {
      message: () => 'Die Anforderung eines Tokens ist ungültig.',
      next: () =>
        'Geben Sie einen Namen aus Buchstaben, Ziffern, Punkt, Binde- und Unterstrich, die Rechte "read" oder "apply" und 1 bis 366 Tage an.',
    },
  }),
  'pipeline-token-name-taken': row({
    example: { name: 'deploy' },
    en: {
      message: ({ name }) => `There is a token named ${name} already.`,
      next: () => 'Choose another name, or delete that token.',
    },
    de: {
      message: ({ name }) => `Ein Token namens ${name} gibt es bereits.`,
      next: () => 'Wählen Sie einen anderen Namen, oder löschen Sie jenes Token.',
    },
  }),
  'pipeline-tokens-too-many': row({
    example: {},
    en: {
      message: () => 'The organization has fifty tokens already.',
      next: () => 'Delete one that is not needed any more.',
    },
    de: {
      message: () => 'Die Organisation hat bereits fünfzig Tokens.',
      next: () => 'Löschen Sie eines, das nicht mehr gebraucht wird.',
    },
  }),
  'pipeline-token-unreadable': row({
    example: { place: '/run/secrets/portcullis' },
    en: {
      message: ({ place }) => `No token can be read from ${place}.`,
      next: () => 'Fix PORTCULLIS_TOKEN_FILE or PORTCULLIS_TOKEN, or unset both to sign in.',
    },
    de: {
      message: ({ place }) => `Aus ${place} lässt sich kein Token lesen.`,
      next: () =>
        'Korrigieren Sie PORTCULLIS_TOKEN_FILE oder PORTCULLIS_TOKEN, oder entfernen Sie beide, um sich anzumelden.',
    },
  }),

  // A list in a file.
  'list-file-unreadable': row({
    example: { file: 'registries.yaml' },
    en: { message: ({ file }) => `${file} cannot be read.`, next: () => 'Check the path.' },
    de: { message: ({ file }) => `${file} lässt sich nicht lesen.`, next: () => 'Prüfen Sie den Pfad.' },
  }),
  'list-file-invalid': row({
    example: { place: 'registries.yaml:3:5' },
    en: {
      message: ({ place }) => `${place}: This is not a valid list.`,
      next: () => 'Fix it as docs/list-in-git.md shows. Nothing was saved.',
    },
    de: {
      message: ({ place }) => `${place}: Das ist keine gültige Liste.`,
      next: () => 'Korrigieren Sie sie, wie docs/list-in-git.md zeigt. Nichts wurde gespeichert.',
    },
  }),
  'list-file-other-organization': row({
    example: { organization: 'acme', named: 'globex' },
    en: {
      message: ({ organization, named }) => `The list is for ${named}, not for ${organization}.`,
      next: ({ named }) => `Use --org ${named}, or another file.`,
    },
    de: {
      message: ({ organization, named }) => `Die Liste ist für ${named}, nicht für ${organization}.`,
      next: ({ named }) => `Verwenden Sie --org ${named} oder eine andere Datei.`,
    },
  }),
};
