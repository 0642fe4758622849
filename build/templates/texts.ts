import type { TemplateValue } from '../../main/managed-config/admx.ts';

export type TemplateLanguage = 'en-US' | 'de-DE';

interface Text {
  title: string;
  explain: string;
}

/** What an administrator reads beside a setting in the editor of the device management. */
export const settingTexts: Record<TemplateValue['id'], Record<TemplateLanguage, Text>> = {
  allowedOrgs: {
    'en-US': {
      title: 'Organizations that may sign in',
      explain:
        'Requires people to sign in as a member of one of these organizations before they can pull images. Docker Desktop reads the same value. Names are case-sensitive and must match exactly.',
    },
    'de-DE': {
      title: 'Organisationen, die sich anmelden dürfen',
      explain:
        'Images lassen sich erst abrufen, wenn sich ein Mitglied einer dieser Organisationen angemeldet hat. Docker Desktop liest denselben Wert. Die Namen müssen genau übereinstimmen, auch in der Groß- und Kleinschreibung.',
    },
  },
  hub: {
    'en-US': { title: 'Server', explain: 'URL of your server, as in https://portcullis.example.com.' },
    'de-DE': { title: 'Server', explain: 'URL Ihres Servers, zum Beispiel https://portcullis.example.com.' },
  },
  policyKeys: {
    'en-US': {
      title: 'Policy keys',
      explain:
        'Public keys (JWKS) that sign the policies, each with the organizations that it signs for. Without a key, a managed machine blocks all pulls. "portcullis managed-config create --pin" writes this text. If it is longer than 1,023 characters, deploy portcullis.json instead.',
    },
    'de-DE': {
      title: 'Schlüssel der Richtlinien',
      explain:
        'Öffentliche Schlüssel (JWKS), mit denen die Richtlinien signiert sind, jeweils mit ihren Organisationen. Ohne Schlüssel blockiert ein verwalteter Rechner alle Abrufe. „portcullis managed-config create --pin“ schreibt diesen Text. Ist er länger als 1.023 Zeichen, verteilen Sie stattdessen portcullis.json.',
    },
  },
  policyIssuer: {
    'en-US': {
      title: 'Issuer of policies',
      explain:
        'URL that every policy must name as its issuer. Only needed if policies are fetched from another address than the server that signs them. Default: the server.',
    },
    'de-DE': {
      title: 'Aussteller der Richtlinien',
      explain:
        'URL, die jede Richtlinie als Aussteller nennen muss. Nur nötig, wenn Richtlinien von einer anderen Adresse kommen als von dem Server, der sie signiert. Standard: der Server.',
    },
  },
  policyUrl: {
    'en-US': {
      title: 'URL of the policy file',
      explain:
        'Where machines fetch the signed policy if no Portcullis server does it: a file on any web server, as in https://files.example.com/acme.jws.',
    },
    'de-DE': {
      title: 'URL der Richtliniendatei',
      explain:
        'Woher Rechner die signierte Richtlinie abrufen, wenn kein Portcullis-Server sie liefert: eine Datei auf einem beliebigen Webserver, zum Beispiel https://files.example.com/acme.jws.',
    },
  },
  membership: {
    'en-US': {
      title: 'Proof of membership',
      explain:
        'hub: the server proves who belongs to an organization (default). id-token: the ID token of the sign-in provider does, without a Portcullis server.',
    },
    'de-DE': {
      title: 'Nachweis der Mitgliedschaft',
      explain:
        'hub: Der Server weist nach, wer zu einer Organisation gehört (Standard). id-token: Das ID-Token des Anmeldedienstes weist es nach, ohne Portcullis-Server.',
    },
  },
  membershipHours: {
    'en-US': {
      title: 'Hours for which an ID token proves membership',
      explain: 'Counted from when the token was issued, 1 to 168. Default: 72.',
    },
    'de-DE': {
      title: 'Stunden, für die ein ID-Token die Mitgliedschaft nachweist',
      explain: 'Ab der Ausstellung des Tokens, 1 bis 168. Standard: 72.',
    },
  },
  issuer: {
    'en-US': { title: 'Sign-in provider', explain: 'URL of the OpenID provider. Default: the server itself.' },
    'de-DE': { title: 'Anmeldedienst', explain: 'URL des OpenID-Providers. Standard: der Server selbst.' },
  },
  clientId: {
    'en-US': { title: 'Client ID', explain: 'Client ID of Portcullis at the sign-in provider.' },
    'de-DE': { title: 'Client-ID', explain: 'Client-ID von Portcullis beim Anmeldedienst.' },
  },
  organizationsClaim: {
    'en-US': {
      title: 'Claim with the organizations',
      explain: 'JSON pointer (RFC 6901) to the organizations in the ID token or user info, as in /groups.',
    },
    'de-DE': {
      title: 'Claim mit den Organisationen',
      explain: 'JSON-Pointer (RFC 6901) auf die Organisationen im ID-Token oder UserInfo, zum Beispiel /groups.',
    },
  },
  organizationsForm: {
    'en-US': {
      title: 'Form of the organizations',
      explain:
        'How the names are written in that claim: as names, as keys of an object, or in the member "name" or "alias" of objects.',
    },
    'de-DE': {
      title: 'Form der Organisationen',
      explain:
        'Wie die Namen in diesem Claim stehen: als Namen, als Schlüssel eines Objekts oder im Feld „name“ oder „alias“ von Objekten.',
    },
  },
  organizationNames: {
    'en-US': {
      title: 'What the provider calls each organization',
      explain:
        'A JSON object from the value in the claim to the name of the organization, for providers that name groups by an id. Values that are not listed name no organization.',
    },
    'de-DE': {
      title: 'Wie der Anmeldedienst jede Organisation nennt',
      explain:
        'Ein JSON-Objekt vom Wert im Claim zum Namen der Organisation, für Anmeldedienste, die Gruppen mit einer ID benennen. Nicht aufgeführte Werte benennen keine Organisation.',
    },
  },
  scopes: {
    'en-US': {
      title: 'Additional scopes',
      explain: 'Scopes that are requested at sign-in in addition to openid and offline_access.',
    },
    'de-DE': {
      title: 'Weitere Scopes',
      explain: 'Scopes, die bei der Anmeldung zusätzlich zu openid und offline_access angefordert werden.',
    },
  },
  redirectPorts: {
    'en-US': {
      title: 'Ports for the reply to a sign-in',
      explain:
        'Only needed if the sign-in provider compares redirect URIs exactly. Register http://127.0.0.1:PORT/callback there for each of these ports. The first free one is used. Default: any free port.',
    },
    'de-DE': {
      title: 'Ports für die Antwort auf eine Anmeldung',
      explain:
        'Nur nötig, wenn der Anmeldedienst Redirect-URIs genau vergleicht. Tragen Sie dort für jeden dieser Ports http://127.0.0.1:PORT/callback ein. Verwendet wird der erste freie. Standard: ein beliebiger freier Port.',
    },
  },
  refreshMinutes: {
    'en-US': { title: 'Minutes between syncs', explain: 'How often a machine fetches the policy. Default: 15.' },
    'de-DE': {
      title: 'Minuten zwischen Synchronisierungen',
      explain: 'Wie oft ein Rechner die Richtlinie abruft. Standard: 15.',
    },
  },
  engine: {
    'en-US': {
      title: 'Socket of the Docker Engine',
      explain:
        'Only needed if it is not in its default place. Examples: unix:///run/docker.sock, npipe:////./pipe/docker_engine.',
    },
    'de-DE': {
      title: 'Socket der Docker Engine',
      explain:
        'Nur nötig, wenn er nicht an seinem üblichen Ort liegt. Beispiele: unix:///run/docker.sock, npipe:////./pipe/docker_engine.',
    },
  },
  signInStorage: {
    'en-US': {
      title: 'Where the sign-in is stored',
      explain:
        'keyring: in the system keyring (default). file: in a file of the user, for servers and CI without a keyring.',
    },
    'de-DE': {
      title: 'Speicherort der Anmeldung',
      explain:
        'keyring: im Schlüsselbund des Systems (Standard). file: in einer Datei des Benutzers, für Server und CI ohne Schlüsselbund.',
    },
  },
  startAtLogin: {
    'en-US': { title: 'Start at login', explain: 'Whether the tray app starts when a user logs in.' },
    'de-DE': {
      title: 'Bei der Anmeldung starten',
      explain: 'Ob die Tray-App startet, wenn sich ein Benutzer anmeldet.',
    },
  },
  reporting: {
    'en-US': {
      title: 'What machines report to the server',
      explain:
        'off: nothing. state: signed receipts of what the gateway enforces (default on managed machines). hosts: also the names of registries that were used or blocked, never image names. docs/privacy.md lists each field.',
    },
    'de-DE': {
      title: 'Was Rechner dem Server melden',
      explain:
        'off: nichts. state: signierte Nachweise, was das Gateway durchsetzt (Standard auf verwalteten Rechnern). hosts: zusätzlich die Namen der verwendeten und der gesperrten Registrys, nie Image-Namen. docs/privacy.md nennt jedes Feld.',
    },
  },
  supportContact: {
    'en-US': {
      title: 'Support contact',
      explain:
        'Whom people ask if the policy names nobody: an e-mail address, a chat channel or a URL. Shown when a pull is blocked.',
    },
    'de-DE': {
      title: 'Ansprechpartner',
      explain:
        'Wen man fragt, wenn die Richtlinie niemanden nennt: eine E-Mail-Adresse, ein Chat-Kanal oder eine URL. Wird angezeigt, wenn ein Abruf blockiert ist.',
    },
  },
  locked: {
    'en-US': { title: 'Settings that users cannot change', explain: 'Names of settings, as in startAtLogin.' },
    'de-DE': {
      title: 'Einstellungen, die Benutzer nicht ändern können',
      explain: 'Namen von Einstellungen, zum Beispiel startAtLogin.',
    },
  },
  breakGlass: {
    'en-US': {
      title: 'Break-glass period',
      explain:
        'Lifts all restrictions for at most 72 hours. JSON with from, until and reason, as in {"from":"2026-11-21T14:00:00Z","until":"2026-11-22T08:00:00Z","reason":"server lost"}.',
    },
    'de-DE': {
      title: 'Notfallfreigabe',
      explain:
        'Hebt alle Einschränkungen für höchstens 72 Stunden auf. JSON mit from, until und reason, zum Beispiel {"from":"2026-11-21T14:00:00Z","until":"2026-11-22T08:00:00Z","reason":"Server verloren"}.',
    },
  },
};

export const commonTexts: Record<
  TemplateLanguage,
  { supported: string; onePerLine: string; semicolons: string; about: string }
> = {
  'en-US': {
    supported: 'Windows 10 and later',
    onePerLine: 'One per line.',
    semicolons: 'Separate several names with semicolons.',
    about: 'Registry access management for container engines.',
  },
  'de-DE': {
    supported: 'Windows 10 und höher',
    onePerLine: 'Je Zeile ein Eintrag.',
    semicolons: 'Trennen Sie mehrere Namen durch Semikolons.',
    about: 'Zugriffsverwaltung für Container-Registries.',
  },
};
