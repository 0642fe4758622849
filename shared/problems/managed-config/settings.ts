import { row } from '../row.ts';

const list = (names: readonly string[]) => names.join(', ');

/** JSON types as a schema names them, and how a person writes a value of each. */
const WRITE_AS: Record<'en' | 'de', Record<string, string>> = {
  en: {
    string: 'Write it as text in double quotes.',
    number: 'Write it as a number.',
    int: 'Write it as a whole number.',
    boolean: 'Write it as true or false.',
    array: 'Write it as a list in square brackets.',
    object: 'Write it as an object in curly brackets.',
  },
  de: {
    string: 'Schreiben Sie den Wert als Text in doppelten Anführungszeichen.',
    number: 'Schreiben Sie den Wert als Zahl.',
    int: 'Schreiben Sie den Wert als ganze Zahl.',
    boolean: 'Schreiben Sie den Wert als true oder false.',
    array: 'Schreiben Sie den Wert als Liste in eckigen Klammern.',
    object: 'Schreiben Sie den Wert als Objekt in geschweiften Klammern.',
  },
};

/** The settings of a `portcullis.json`, a payload or a registry key. */
export const settingProblems = {
  'setting-unknown': row({
    example: { setting: 'Hub' },
    en: {
      message: ({ setting }) => `This version does not know the setting "${setting}" and ignores it.`,
      next: () => 'Check the spelling; names are case-sensitive.',
    },
    de: {
      message: ({ setting }) => `Diese Version kennt die Einstellung „${setting}“ nicht und ignoriert sie.`,
      next: () => 'Prüfen Sie die Schreibweise; Groß- und Kleinschreibung werden unterschieden.',
    },
  }),
  'setting-not-allowed': row({
    example: { setting: 'breakGlass', keys: ['forever'] },
    en: {
      message: ({ setting, keys }) => `"${setting}" has keys that are not allowed there: ${list(keys)}.`,
      next: () => 'Remove them, or check the spelling.',
    },
    de: {
      message: ({ setting, keys }) => `„${setting}“ enthält Schlüssel, die dort nicht erlaubt sind: ${list(keys)}.`,
      next: () => 'Entfernen Sie sie, oder prüfen Sie die Schreibweise.',
    },
  }),
  'setting-missing': row({
    example: { setting: 'policyKeys.keys[0].organizations' },
    en: { message: ({ setting }) => `"${setting}" is missing.`, next: () => 'Add it.' },
    de: { message: ({ setting }) => `„${setting}“ fehlt.`, next: () => 'Ergänzen Sie diese Angabe.' },
  }),
  'setting-needs': row({
    example: { setting: '"membership": "id-token"', needed: 'clientId' },
    en: {
      message: ({ setting, needed }) => `${setting} does not work without ${needed}.`,
      next: () => 'Add it (docs/without-a-hub.md).',
    },
    de: {
      message: ({ setting, needed }) => `${setting} funktioniert nicht ohne ${needed}.`,
      next: () => 'Ergänzen Sie diese Angabe (docs/without-a-hub.md).',
    },
  }),
  'hub-beside-id-token': row({
    example: {},
    en: {
      message: () => '"hub" and "membership": "id-token" exclude each other.',
      next: () => 'Remove one of them: membership is proven either by your server or by the sign-in provider.',
    },
    de: {
      message: () => '„hub“ und „membership“: „id-token“ schließen einander aus.',
      next: () =>
        'Entfernen Sie eines davon: Die Mitgliedschaft weist entweder Ihr Server nach oder der Anmeldedienst.',
    },
  }),
  'issuer-multi-tenant': row({
    example: { issuer: 'https://login.microsoftonline.com/common/v2.0' },
    en: {
      message: ({ issuer }) => `${issuer} signs for many tenants, so its ID tokens prove nothing about yours.`,
      next: () => 'Set "issuer" to the URL of your own tenant, as it appears in the provider\'s discovery document.',
    },
    de: {
      message: ({ issuer }) =>
        `${issuer} signiert für viele Mandanten; seine ID-Tokens weisen deshalb für Ihren nichts nach.`,
      next: () =>
        'Setzen Sie „issuer“ auf die URL Ihres eigenen Mandanten, wie sie im Discovery-Dokument des Anmeldedienstes steht.',
    },
  }),
  'issuer-not-secure': row({
    example: { issuer: 'http://login.acme.example/' },
    en: {
      message: ({ issuer }) => `${issuer} is not https, so anyone on the network could replace its keys.`,
      next: () => 'Use the https URL of the sign-in provider.',
    },
    de: {
      message: ({ issuer }) => `${issuer} ist nicht https; jeder im Netz könnte die Schlüssel austauschen.`,
      next: () => 'Verwenden Sie die https-URL des Anmeldedienstes.',
    },
  }),
  'setting-type': row({
    example: { setting: 'refreshMinutes', type: 'number' },
    en: {
      message: ({ setting }) => `"${setting}" has the wrong type.`,
      next: ({ type }) => WRITE_AS.en[type] ?? `Write it as ${type}.`,
    },
    de: {
      message: ({ setting }) => `„${setting}“ hat den falschen Typ.`,
      next: ({ type }) => WRITE_AS.de[type] ?? `Schreiben Sie den Wert als ${type}.`,
    },
  }),
  'setting-too-small': row({
    example: { setting: 'refreshMinutes', minimum: 1 },
    en: {
      message: ({ setting }) => `"${setting}" is too small.`,
      next: ({ minimum }) => `Set it to at least ${minimum}.`,
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist zu klein.`,
      next: ({ minimum }) => `Geben Sie mindestens ${minimum} an.`,
    },
  }),
  'setting-too-large': row({
    example: { setting: 'refreshMinutes', maximum: 1440 },
    en: {
      message: ({ setting }) => `"${setting}" is too large.`,
      next: ({ maximum }) => `Set it to at most ${maximum}.`,
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist zu groß.`,
      next: ({ maximum }) => `Geben Sie höchstens ${maximum} an.`,
    },
  }),
  'setting-empty': row({
    example: { setting: 'policyKeys.keys' },
    en: { message: ({ setting }) => `"${setting}" is empty.`, next: () => 'Enter a value, or remove the setting.' },
    de: {
      message: ({ setting }) => `„${setting}“ ist leer.`,
      next: () => 'Tragen Sie einen Wert ein, oder entfernen Sie die Einstellung.',
    },
  }),
  'setting-too-long': row({
    example: { setting: 'clientId', maximum: 255 },
    en: {
      message: ({ setting }) => `"${setting}" is too long.`,
      next: ({ maximum }) => `Use at most ${maximum} characters.`,
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist zu lang.`,
      next: ({ maximum }) => `Verwenden Sie höchstens ${maximum} Zeichen.`,
    },
  }),
  'setting-too-many': row({
    example: { setting: 'scopes', maximum: 32 },
    en: {
      message: ({ setting }) => `"${setting}" has too many entries.`,
      next: ({ maximum }) => `List at most ${maximum}.`,
    },
    de: {
      message: ({ setting }) => `„${setting}“ hat zu viele Einträge.`,
      next: ({ maximum }) => `Führen Sie höchstens ${maximum} auf.`,
    },
  }),
  'setting-not-a-url': row({
    example: { setting: 'hub' },
    en: {
      message: ({ setting }) => `"${setting}" is not a URL.`,
      next: () => 'Write it in full, as in https://portcullis.example.com',
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist keine URL.`,
      next: () => 'Schreiben Sie sie vollständig, wie in https://portcullis.example.com',
    },
  }),
  'setting-not-a-time': row({
    example: { setting: 'breakGlass.from' },
    en: {
      message: ({ setting }) => `"${setting}" is not a date and time with seconds and offset.`,
      next: () => 'Write it in full, as in 2026-11-21T14:00:00Z',
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist keine Zeitangabe mit Sekunden und Zeitzone.`,
      next: () => 'Schreiben Sie sie vollständig, wie in 2026-11-21T14:00:00Z',
    },
  }),
  'setting-not-a-socket': row({
    example: { setting: 'engine' },
    en: {
      message: ({ setting }) => `"${setting}" is not the address of a socket.`,
      next: () => 'Write it like unix:///run/docker.sock or npipe:////./pipe/docker_engine',
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist nicht die Adresse eines Sockets.`,
      next: () => 'Schreiben Sie sie wie unix:///run/docker.sock oder npipe:////./pipe/docker_engine',
    },
  }),
  'setting-not-an-option': row({
    example: { setting: 'policyKeys.keys[0].kty', options: ['OKP', 'EC'] },
    en: {
      message: ({ setting }) => `"${setting}" has a value that is not supported.`,
      next: ({ options }) => `Use one of these: ${list(options)}`,
    },
    de: {
      message: ({ setting }) => `„${setting}“ hat einen Wert, der nicht unterstützt wird.`,
      next: ({ options }) => `Verwenden Sie einen von diesen: ${list(options)}`,
    },
  }),
  'setting-not-json': row({
    example: { setting: 'policyKeys' },
    en: {
      message: ({ setting }) => `The text in "${setting}" is not valid JSON.`,
      next: () => 'Copy it again from the file that portcullis managed-config create writes.',
    },
    de: {
      message: ({ setting }) => `Der Text in „${setting}“ ist kein gültiges JSON.`,
      next: () => 'Übernehmen Sie ihn noch einmal aus der Datei, die portcullis managed-config create schreibt.',
    },
  }),
  'private-key-pinned': row({
    example: { setting: 'policyKeys.keys[0].d' },
    en: {
      message: ({ setting }) => `"${setting}" is part of a private key.`,
      next: () => 'Pin only the public key. Replace this key on the server: it has been exposed.',
    },
    de: {
      message: ({ setting }) => `„${setting}“ gehört zu einem privaten Schlüssel.`,
      next: () =>
        'Tragen Sie nur den öffentlichen Schlüssel ein. Tauschen Sie diesen Schlüssel auf dem Server aus: Er ist nicht mehr geheim.',
    },
  }),
  'break-glass-too-long': row({
    example: { maximum: 72 },
    en: {
      message: () => 'The break-glass period is not valid.',
      next: ({ maximum }) => `Set "until" later than "from", by at most ${maximum} hours.`,
    },
    de: {
      message: () => 'Der Notfallzeitraum (breakGlass) ist ungültig.',
      next: ({ maximum }) => `Setzen Sie „until“ nach „from“, höchstens ${maximum} Stunden später.`,
    },
  }),
  'setting-format': row({
    example: { setting: 'organizationsClaim' },
    en: {
      message: ({ setting }) => `"${setting}" is not valid.`,
      next: () => 'Correct it; the administrator’s guide describes each setting.',
    },
    de: {
      message: ({ setting }) => `„${setting}“ ist ungültig.`,
      next: () => 'Korrigieren Sie den Wert; das Handbuch für Administratoren beschreibt jede Einstellung.',
    },
  }),
  'settings-without-key': row({
    example: {},
    en: {
      message: () => 'No policy key is pinned: a machine that requires sign-in blocks all pulls until one is.',
      next: () => 'Create the file with --pin, or add "policyKeys".',
    },
    de: {
      message: () =>
        'Es ist kein Richtlinienschlüssel hinterlegt: Ein Rechner, der eine Anmeldung verlangt, blockiert bis dahin alle Pulls.',
      next: () => 'Erzeugen Sie die Datei mit --pin, oder ergänzen Sie „policyKeys“.',
    },
  }),
  'organization-without-key': row({
    example: { organizations: ['acme'] },
    en: {
      message: ({ organizations }) =>
        `No policy key is pinned for ${list(organizations)}, so all pulls are blocked for anyone who signs in there.`,
      next: () => 'Add the key to "policyKeys" in portcullis.json.',
    },
    de: {
      message: ({ organizations }) =>
        `Für ${list(organizations)} ist kein Richtlinienschlüssel hinterlegt; nach einer Anmeldung dort sind alle Pulls blockiert.`,
      next: () => 'Ergänzen Sie den Schlüssel unter „policyKeys“ in portcullis.json.',
    },
  }),
};
