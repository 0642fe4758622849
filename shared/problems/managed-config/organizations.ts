import { row } from '../row.ts';

/** `allowedOrgs` and the names in it, in whatever source. */
export const organizationProblems = {
  'allowed-orgs-missing': row({
    example: {},
    en: {
      message: () => 'The key "allowedOrgs" is missing.',
      next: () => 'Add it, as in {"allowedOrgs":["your-organization"]}, or delete the file.',
    },
    de: {
      message: () => 'Der Schlüssel „allowedOrgs“ fehlt.',
      next: () => 'Ergänzen Sie ihn wie in {"allowedOrgs":["your-organization"]}, oder löschen Sie die Datei.',
    },
  }),
  'allowed-orgs-not-a-list': row({
    example: { example: '["your-organization"]' },
    en: {
      message: () => '"allowedOrgs" must be a list.',
      next: ({ example }) => `Write it like this: ${example}`,
    },
    de: {
      message: () => '„allowedOrgs“ muss eine Liste sein.',
      next: ({ example }) => `Schreiben Sie sie so: ${example}`,
    },
  }),
  'allowed-orgs-not-a-string': row({
    example: {},
    en: {
      message: () => 'In a configuration profile, "allowedOrgs" must be a single <string>.',
      next: () => 'Separate the names with semicolons: acme;globex',
    },
    de: {
      message: () => 'In einem Konfigurationsprofil muss „allowedOrgs“ ein einzelner <string> sein.',
      next: () => 'Trennen Sie die Namen durch Semikolons: acme;globex',
    },
  }),
  'allowed-orgs-empty': row({
    example: {},
    en: {
      message: () => '"allowedOrgs" is empty.',
      next: () => 'List at least one organization, or remove the setting (for registry.json: the whole file).',
    },
    de: {
      message: () => '„allowedOrgs“ ist leer.',
      next: () =>
        'Nennen Sie mindestens eine Organisation, oder entfernen Sie die Einstellung (bei registry.json: die ganze Datei).',
    },
  }),
  'allowed-orgs-spelling': row({
    example: { key: 'allowedorgs' },
    en: {
      message: ({ key }) => `The key "${key}" is ignored.`,
      next: () => 'Spell it "allowedOrgs"; keys are case-sensitive.',
    },
    de: {
      message: ({ key }) => `Der Schlüssel „${key}“ wird ignoriert.`,
      next: () => 'Schreiben Sie „allowedOrgs“; Groß- und Kleinschreibung werden unterschieden.',
    },
  }),
  'organization-not-a-string': row({
    example: { example: '"acme"' },
    en: {
      message: () => 'An organization name must be text.',
      next: ({ example }) => `Write it like this: ${example}`,
    },
    de: {
      message: () => 'Der Name einer Organisation muss Text sein.',
      next: ({ example }) => `Schreiben Sie ihn so: ${example}`,
    },
  }),
  'organization-empty': row({
    example: {},
    en: { message: () => 'An organization name is empty.', next: () => 'Enter the name, or remove the entry.' },
    de: {
      message: () => 'Der Name einer Organisation ist leer.',
      next: () => 'Tragen Sie den Namen ein, oder entfernen Sie den Eintrag.',
    },
  }),
  'organization-comma': row({
    example: { name: 'acme,globex' },
    en: {
      message: ({ name }) => `"${name}" contains a comma.`,
      next: () => 'Write each organization as a separate entry.',
    },
    de: {
      message: ({ name }) => `„${name}“ enthält ein Komma.`,
      next: () => 'Schreiben Sie jede Organisation als eigenen Eintrag.',
    },
  }),
  'organization-white-space': row({
    example: { name: 'acme ' },
    en: {
      message: ({ name }) => `"${name}" contains white space.`,
      next: () => 'Remove it: names must match exactly.',
    },
    de: {
      message: ({ name }) => `„${name}“ enthält Leerraum.`,
      next: () => 'Entfernen Sie ihn: Namen müssen genau übereinstimmen.',
    },
  }),
  'organization-words': row({
    example: { name: 'acme globex' },
    en: {
      message: ({ name }) => `"${name}" contains white space.`,
      next: () => 'Write each organization as a separate entry. The name of one contains no white space.',
    },
    de: {
      message: ({ name }) => `„${name}“ enthält Leerraum.`,
      next: () => 'Schreiben Sie jede Organisation als eigenen Eintrag. Ein einzelner Name enthält keinen Leerraum.',
    },
  }),
  'organization-control-character': row({
    example: { name: 'ac\\u0007me' },
    en: { message: ({ name }) => `"${name}" contains a control character.`, next: () => 'Remove it.' },
    de: { message: ({ name }) => `„${name}“ enthält ein Steuerzeichen.`, next: () => 'Entfernen Sie es.' },
  }),
  'organization-incomplete-character': row({
    example: { name: 'acme\\ud800' },
    en: {
      message: ({ name }) => `"${name}" contains an incomplete Unicode character.`,
      next: () => 'Type the name again.',
    },
    de: {
      message: ({ name }) => `„${name}“ enthält ein unvollständiges Unicode-Zeichen.`,
      next: () => 'Geben Sie den Namen neu ein.',
    },
  }),
  'organization-too-long': row({
    example: { maximum: 255 },
    en: {
      message: ({ maximum }) => `An organization name is longer than ${maximum} characters.`,
      next: () => 'Check it against the name that your server uses.',
    },
    de: {
      message: ({ maximum }) => `Der Name einer Organisation ist länger als ${maximum} Zeichen.`,
      next: () => 'Vergleichen Sie ihn mit dem Namen, den Ihr Server verwendet.',
    },
  }),
  'organization-twice': row({
    example: { name: 'acme' },
    en: { message: ({ name }) => `"${name}" is listed twice.`, next: () => 'Remove one of the entries.' },
    de: { message: ({ name }) => `„${name}“ ist zweimal aufgeführt.`, next: () => 'Entfernen Sie einen der Einträge.' },
  }),
  'organizations-alike': row({
    example: { name: 'acme', other: 'Acme' },
    en: {
      message: ({ name, other }) => `"${name}" and "${other}" differ only in case.`,
      next: () => 'Keep the one that your server uses; names are case-sensitive.',
    },
    de: {
      message: ({ name, other }) => `„${name}“ und „${other}“ unterscheiden sich nur in Groß- und Kleinschreibung.`,
      next: () => 'Behalten Sie die Schreibweise, die Ihr Server verwendet.',
    },
  }),
  'organization-semicolon': row({
    example: { name: 'acme;globex' },
    en: {
      message: ({ name }) => `"${name}" contains a semicolon and is read as one name.`,
      next: () => 'If it stands for several organizations, write each as a separate entry.',
    },
    de: {
      message: ({ name }) => `„${name}“ enthält ein Semikolon und wird als ein Name gelesen.`,
      next: () => 'Sind mehrere Organisationen gemeint, schreiben Sie jede als eigenen Eintrag.',
    },
  }),
  'organization-invisible-character': row({
    example: { name: 'ac\\u{200b}me' },
    en: {
      message: ({ name }) => `"${name}" contains an invisible character, so it will not match any organization.`,
      next: () => 'Type the name again.',
    },
    de: {
      message: ({ name }) => `„${name}“ enthält ein unsichtbares Zeichen und passt deshalb zu keiner Organisation.`,
      next: () => 'Geben Sie den Namen neu ein.',
    },
  }),
  'several-organizations': row({
    example: { count: 2 },
    en: {
      message: ({ count }) => `${count} organizations are listed, and a member of any of them can sign in.`,
      next: () => 'Keep in mind that people in several of them can choose the least restrictive policy.',
    },
    de: {
      message: ({ count }) => `${count} Organisationen sind aufgeführt; Mitglieder jeder davon können sich anmelden.`,
      next: () =>
        'Bedenken Sie, dass Mitglieder mehrerer Organisationen die am wenigsten strenge Richtlinie wählen können.',
    },
  }),
};
