import { row } from '../row.ts';

/** The same for JSON and property lists. */
export const tooDeep = row({
  example: { maximum: 32 },
  en: {
    message: ({ maximum }) => `Values are nested more than ${maximum} levels deep.`,
    next: () => 'Flatten the file.',
  },
  de: {
    message: ({ maximum }) => `Die Werte sind tiefer als ${maximum} Ebenen verschachtelt.`,
    next: () => 'Vereinfachen Sie den Aufbau der Datei.',
  },
});

/** The text of a `registry.json` or `portcullis.json`. */
export const jsonProblems = {
  'empty-file': row({
    example: {},
    en: { message: () => 'The file is empty.', next: () => 'Add the settings, or delete the file.' },
    de: {
      message: () => 'Die Datei ist leer.',
      next: () => 'Tragen Sie die Einstellungen ein, oder löschen Sie die Datei.',
    },
  }),
  'not-utf8': row({
    example: {},
    en: { message: () => 'The file is not UTF-8.', next: () => 'Save it as UTF-8.' },
    de: { message: () => 'Die Datei ist nicht in UTF-8 codiert.', next: () => 'Speichern Sie sie als UTF-8.' },
  }),
  'json-syntax': row({
    example: {},
    en: { message: () => 'This is not valid JSON.', next: () => 'Correct the file at this position.' },
    de: { message: () => 'Das ist kein gültiges JSON.', next: () => 'Korrigieren Sie die Datei an dieser Stelle.' },
  }),
  'json-too-deep': tooDeep,
  'key-twice': row({
    example: { key: 'allowedOrgs' },
    en: { message: ({ key }) => `The key "${key}" appears twice.`, next: () => 'Keep only one of them.' },
    de: {
      message: ({ key }) => `Der Schlüssel „${key}“ kommt zweimal vor.`,
      next: () => 'Behalten Sie nur einen davon.',
    },
  }),
  'json-nul-byte': row({
    example: {},
    en: { message: () => 'The file contains a NUL byte.', next: () => 'Save it as plain UTF-8 text.' },
    de: {
      message: () => 'Die Datei enthält ein NUL-Byte.',
      next: () => 'Speichern Sie sie als einfachen UTF-8-Text.',
    },
  }),
  'json-trailing-comma': row({
    example: {},
    en: { message: () => 'Trailing comma before the closing bracket.', next: () => 'Remove it.' },
    de: { message: () => 'Vor der schließenden Klammer steht ein Komma.', next: () => 'Entfernen Sie es.' },
  }),
  'json-comment': row({
    example: {},
    en: { message: () => 'JSON does not allow comments.', next: () => 'Remove the comment.' },
    de: { message: () => 'JSON erlaubt keine Kommentare.', next: () => 'Entfernen Sie den Kommentar.' },
  }),
  'json-second-document': row({
    example: {},
    en: { message: () => 'Unexpected content after the end of the JSON document.', next: () => 'Remove it.' },
    de: {
      message: () => 'Nach dem Ende des JSON-Dokuments steht noch etwas.',
      next: () => 'Entfernen Sie alles, was danach steht.',
    },
  }),
  'json-quotes': row({
    example: {},
    en: { message: () => 'JSON requires straight double quotes (").', next: () => 'Replace the quotation marks here.' },
    de: {
      message: () => 'JSON verlangt gerade doppelte Anführungszeichen (").',
      next: () => 'Ersetzen Sie die Anführungszeichen an dieser Stelle.',
    },
  }),
  'json-unknown-value': row({
    example: {},
    en: { message: () => 'This is not a JSON value.', next: () => 'Put text in double quotes.' },
    de: { message: () => 'Das ist kein JSON-Wert.', next: () => 'Setzen Sie Text in doppelte Anführungszeichen.' },
  }),
  'json-number': row({
    example: {},
    en: { message: () => 'This number is incomplete.', next: () => 'Complete it.' },
    de: { message: () => 'Diese Zahl ist unvollständig.', next: () => 'Vervollständigen Sie sie.' },
  }),
  'json-key-expected': row({
    example: {},
    en: { message: () => 'A key is expected here.', next: () => 'Write it in double quotes.' },
    de: {
      message: () => 'Hier wird ein Schlüssel erwartet.',
      next: () => 'Schreiben Sie ihn in doppelten Anführungszeichen.',
    },
  }),
  'json-value-expected': row({
    example: {},
    en: { message: () => 'A value is expected here.', next: () => 'Add it.' },
    de: { message: () => 'Hier wird ein Wert erwartet.', next: () => 'Ergänzen Sie ihn.' },
  }),
  'json-colon-missing': row({
    example: {},
    en: { message: () => 'Missing colon between key and value.', next: () => 'Add it.' },
    de: {
      message: () => 'Zwischen Schlüssel und Wert fehlt ein Doppelpunkt.',
      next: () => 'Ergänzen Sie ihn.',
    },
  }),
  'json-comma-missing': row({
    example: {},
    en: { message: () => 'Missing comma before this value.', next: () => 'Add it.' },
    de: { message: () => 'Vor diesem Wert fehlt ein Komma.', next: () => 'Ergänzen Sie es.' },
  }),
  'json-cut-off': row({
    example: {},
    en: {
      message: () => 'The file ends too early.',
      next: () => 'Check that every bracket is closed and that the whole file was saved.',
    },
    de: {
      message: () => 'Die Datei endet zu früh.',
      next: () => 'Prüfen Sie, ob jede Klammer geschlossen ist und die Datei vollständig gespeichert wurde.',
    },
  }),
  'json-string-not-closed': row({
    example: {},
    en: { message: () => 'The text that starts here has no closing quote.', next: () => 'Add a double quote.' },
    de: {
      message: () => 'Dem Text, der hier beginnt, fehlt das schließende Anführungszeichen.',
      next: () => 'Ergänzen Sie es.',
    },
  }),
  'json-escape': row({
    example: {},
    en: {
      message: () => 'The text that starts here contains an invalid backslash sequence.',
      next: () => 'Double the backslash, or remove it.',
    },
    de: {
      message: () => 'Der Text, der hier beginnt, enthält eine ungültige Folge mit umgekehrtem Schrägstrich.',
      next: () => 'Verdoppeln Sie den Schrägstrich, oder entfernen Sie ihn.',
    },
  }),
  'json-control-character': row({
    example: {},
    en: {
      message: () => 'The text that starts here contains a control character, such as a tab or line break.',
      next: () => 'Remove it.',
    },
    de: {
      message: () => 'Der Text, der hier beginnt, enthält ein Steuerzeichen, etwa einen Tabulator oder Zeilenumbruch.',
      next: () => 'Entfernen Sie es.',
    },
  }),
  'not-an-object': row({
    example: { example: '{"allowedOrgs":["your-organization"]}' },
    en: {
      message: () => 'The file must contain a single JSON object.',
      next: ({ example }) => `Write it like this: ${example}`,
    },
    de: {
      message: () => 'Die Datei muss genau ein JSON-Objekt enthalten.',
      next: ({ example }) => `Schreiben Sie es so: ${example}`,
    },
  }),
};
