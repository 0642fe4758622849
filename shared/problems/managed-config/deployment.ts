import { row } from '../row.ts';

const list = (names: readonly string[]) => names.join(', ');

/** Creating and checking the files to deploy. */
export const deploymentProblems = {
  'organization-invalid': row({
    example: { name: 'acme corp' },
    en: {
      message: ({ name }) => `"${name}" cannot be the name of an organization.`,
      next: () => 'Give the name exactly as your server spells it.',
    },
    de: {
      message: ({ name }) => `„${name}“ kann nicht der Name einer Organisation sein.`,
      next: () => 'Geben Sie den Namen genau so an, wie Ihr Server ihn schreibt.',
    },
  }),
  'organization-not-in-format': row({
    example: { name: 'gerät', format: 'reg' },
    en: {
      message: ({ name, format }) => `"${name}" cannot be written in the format ${format}.`,
      next: () => 'Use --format registry-json for this organization.',
    },
    de: {
      message: ({ name, format }) => `„${name}“ lässt sich im Format ${format} nicht schreiben.`,
      next: () => 'Verwenden Sie für diese Organisation --format registry-json.',
    },
  }),
  'setting-not-in-format': row({
    example: { setting: 'policyKeys', format: 'intune' },
    en: {
      message: ({ setting, format }) => `"${setting}" cannot be written in the format ${format}.`,
      next: () => 'Use --format portcullis-json for the settings.',
    },
    de: {
      message: ({ setting, format }) => `„${setting}“ lässt sich im Format ${format} nicht schreiben.`,
      next: () => 'Verwenden Sie für die Einstellungen --format portcullis-json.',
    },
  }),
  'settings-missing': row({
    example: {},
    en: {
      message: () => 'The URL of your server is missing.',
      next: () => 'Add it with --hub URL.',
    },
    de: {
      message: () => 'Die URL Ihres Servers fehlt.',
      next: () => 'Geben Sie sie mit --hub URL an.',
    },
  }),
  'hub-not-secure': row({
    example: { origin: 'http://portcullis.example.com' },
    en: {
      message: ({ origin }) => `Keys fetched from ${origin} could be replaced on the way.`,
      next: () => 'Use the https URL of your server.',
    },
    de: {
      message: ({ origin }) => `Schlüssel von ${origin} könnten unterwegs ausgetauscht werden.`,
      next: () => 'Verwenden Sie die https-URL Ihres Servers.',
    },
  }),
  'policy-keys-invalid': row({
    example: { url: 'https://portcullis.example.com/v1/policy-keys' },
    en: {
      message: ({ url }) => `${url} did not return policy keys.`,
      next: () => 'Check the URL of your server.',
    },
    de: {
      message: ({ url }) => `${url} hat keine Richtlinienschlüssel geliefert.`,
      next: () => 'Prüfen Sie die URL Ihres Servers.',
    },
  }),
  'keys-file-unusable': row({
    example: { file: '/root/acme-keys.json' },
    en: {
      message: ({ file }) => `${file} contains no policy keys.`,
      next: () => 'Save what your server returns for /v1/policy-keys in it.',
    },
    de: {
      message: ({ file }) => `${file} enthält keine Richtlinienschlüssel.`,
      next: () => 'Speichern Sie darin, was Ihr Server für /v1/policy-keys liefert.',
    },
  }),
  'settings-file-unusable': row({
    example: { file: '/root/acme.json' },
    en: {
      message: ({ file }) => `Machines would not accept the settings in ${file}.`,
      next: () => 'Fix the file. It is written like portcullis.json (docs/admin-guide.md).',
    },
    de: {
      message: ({ file }) => `Die Einstellungen in ${file} würde kein Rechner annehmen.`,
      next: () => 'Korrigieren Sie die Datei. Sie wird wie portcullis.json geschrieben (docs/admin-guide.md).',
    },
  }),
  'policy-keys-missing': row({
    example: { origin: 'https://portcullis.example.com', organizations: ['ACME'] },
    en: {
      message: ({ origin, organizations }) => `${origin} has no key that signs for ${list(organizations)}.`,
      next: () => 'Give the organization exactly as your server spells it.',
    },
    de: {
      message: ({ origin, organizations }) =>
        `${origin} hat keinen Schlüssel, der für ${list(organizations)} signiert.`,
      next: () => 'Geben Sie die Organisation genau so an, wie Ihr Server sie schreibt.',
    },
  }),
  'policy-keys-unreachable': row({
    example: { origin: 'https://portcullis.example.com' },
    en: {
      message: ({ origin }) => `The policy keys could not be fetched from ${origin}.`,
      next: () => 'Check the URL and the network, then run the command again.',
    },
    de: {
      message: ({ origin }) => `Die Richtlinienschlüssel konnten nicht von ${origin} abgerufen werden.`,
      next: () => 'Prüfen Sie die URL und das Netzwerk, und führen Sie den Befehl noch einmal aus.',
    },
  }),
  'format-without-keys': row({
    example: { file: 'registry.json' },
    en: {
      message: ({ file }) => `${file} cannot contain policy keys.`,
      next: () => 'Create a portcullis.json as well: --format portcullis-json --pin',
    },
    de: {
      message: ({ file }) => `${file} kann keine Richtlinienschlüssel enthalten.`,
      next: () => 'Erzeugen Sie zusätzlich eine portcullis.json: --format portcullis-json --pin',
    },
  }),
  'managed-config-invalid': row({
    example: { invalid: 1, total: 2 },
    en: {
      message: ({ invalid, total }) => `${invalid} of ${total} cannot be used.`,
      next: () =>
        'Fix the problems listed above, then check again. A faulty configuration blocks all pulls; settings in a place that is not read enforce nothing.',
    },
    de: {
      message: ({ invalid, total }) => `${invalid} von ${total} sind nicht verwendbar.`,
      next: () =>
        'Beheben Sie die oben genannten Fehler, und prüfen Sie noch einmal. Eine fehlerhafte Konfiguration blockiert alle Pulls; Einstellungen an einem Ort, der nicht gelesen wird, erzwingen nichts.',
    },
  }),
  'managed-config-blocks-all': row({
    example: {},
    en: {
      message: () => 'Each file is valid, but a machine with all of them blocks all pulls.',
      next: () => 'Fix the problems listed above, then check again.',
    },
    de: {
      message: () => 'Jede Datei ist gültig, aber ein Rechner mit allen zusammen blockiert alle Pulls.',
      next: () => 'Beheben Sie die oben genannten Fehler, und prüfen Sie noch einmal.',
    },
  }),
};
