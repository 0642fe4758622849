import { row } from './row.ts';

/** Reading the registries in a file of another program. */
export const importProblems = {
  'import-too-large': row({
    example: { limit: 134_217_728 },
    en: {
      message: ({ limit }) => `The file is too large; at most ${limit} characters can be imported.`,
      next: () => 'Split it into several files.',
    },
    de: {
      message: ({ limit }) => `Die Datei ist zu groß; höchstens ${limit} Zeichen lassen sich importieren.`,
      next: () => 'Teilen Sie sie in mehrere Dateien auf.',
    },
  }),
  'import-too-many': row({
    example: { limit: 1_000_000 },
    en: {
      message: ({ limit }) => `The file has more than ${limit} registries.`,
      next: () => 'Split it into several files.',
    },
    de: {
      message: ({ limit }) => `Die Datei enthält mehr als ${limit} Registries.`,
      next: () => 'Teilen Sie sie in mehrere Dateien auf.',
    },
  }),
  'import-not-json': row({
    example: {},
    en: {
      message: () => 'The file begins like JSON, but is not valid JSON.',
      next: () => 'Fix the file, or save the list as CSV or with one address per line.',
    },
    de: {
      message: () => 'Die Datei beginnt wie JSON, ist aber kein gültiges JSON.',
      next: () => 'Korrigieren Sie die Datei, oder speichern Sie die Liste als CSV oder mit einer Adresse pro Zeile.',
    },
  }),
  'import-unknown': row({
    example: {},
    en: {
      message: () => 'This JSON file has no list of registries that can be read.',
      next: () =>
        "Choose an export of Docker's Registry Access list, settings of Rancher Desktop, policy.json, or a JSON list of addresses.",
    },
    de: {
      message: () => 'Diese JSON-Datei enthält keine lesbare Liste von Registries.',
      next: () =>
        'Wählen Sie einen Export der Registry-Access-Liste von Docker, Einstellungen von Rancher Desktop, policy.json oder eine JSON-Liste von Adressen.',
    },
  }),
  'import-empty': row({
    example: {},
    en: { message: () => 'The file lists no registries.', next: () => 'Choose another file.' },
    de: { message: () => 'Die Datei enthält keine Registries.', next: () => 'Wählen Sie eine andere Datei.' },
  }),
  'import-wider-images': row({
    example: { pattern: 'ghcr.io/acme/*', address: 'ghcr.io' },
    en: {
      message: ({ pattern, address }) => `The source allows ${pattern} only; this allows all of ${address}.`,
      next: () => 'Add it only if every image there may be pulled.',
    },
    de: {
      message: ({ pattern, address }) => `Die Quelle erlaubt nur ${pattern}; dies erlaubt ${address} ganz.`,
      next: () => 'Fügen Sie es nur hinzu, wenn jedes Image dort bezogen werden darf.',
    },
  }),
  'import-wider-signed': row({
    example: { address: 'registry.acme.example' },
    en: {
      message: ({ address }) =>
        `The source requires signed images from ${address}; Portcullis does not check image signatures.`,
      next: () => 'Add it only if unsigned images may be pulled too, or keep the check of signatures in the engine.',
    },
    de: {
      message: ({ address }) =>
        `Die Quelle verlangt signierte Images von ${address}; Portcullis prüft keine Signaturen von Images.`,
      next: () =>
        'Fügen Sie es nur hinzu, wenn auch unsignierte Images bezogen werden dürfen, oder behalten Sie die Prüfung der Engine bei.',
    },
  }),
  'import-default-open': row({
    example: {},
    en: {
      message: () => 'The source allows every registry that it does not name.',
      next: () => 'With an allowlist only the registries below stay allowed. Add the others that people use.',
    },
    de: {
      message: () => 'Die Quelle erlaubt jede Registry, die sie nicht nennt.',
      next: () =>
        'Mit einer Positivliste bleiben nur die folgenden erlaubt. Fügen Sie die übrigen hinzu, die benutzt werden.',
    },
  }),
  'import-not-allowed': row({
    example: { count: 3 },
    en: { message: ({ count }) => `Left out because the source does not allow them: ${count}.` },
    de: { message: ({ count }) => `Ausgelassen, weil die Quelle sie nicht erlaubt: ${count}.` },
  }),
  'import-source-off': row({
    example: {},
    en: { message: () => 'The list is switched off in the source.' },
    de: { message: () => 'Die Liste ist in der Quelle ausgeschaltet.' },
  }),
  'import-no-registry-list': row({
    example: {},
    en: {
      message: () =>
        'admin-settings.json has no list of allowed registries, only of images that may use the Docker socket.',
      next: () => "Export Docker's Registry Access list instead.",
    },
    de: {
      message: () =>
        'admin-settings.json enthält keine Liste erlaubter Registries, nur Images, die den Docker-Socket benutzen dürfen.',
      next: () => 'Exportieren Sie stattdessen die Registry-Access-Liste von Docker.',
    },
  }),
};
