import { row } from '../row.ts';
import { tooDeep } from './json.ts';

const list = (names: readonly string[]) => names.join(', ');

/** Property lists and profiles of macOS, the registry of Windows. */
export const nativeStoreProblems = {
  'plist-syntax': row({
    example: {},
    en: {
      message: () => 'This is not a valid property list.',
      next: () => 'Check it with plutil -lint, or create it again.',
    },
    de: {
      message: () => 'Das ist keine gültige Property-List.',
      next: () => 'Prüfen Sie sie mit plutil -lint, oder erzeugen Sie sie neu.',
    },
  }),
  'plist-too-deep': tooDeep,
  'plist-not-a-dict': row({
    example: {},
    en: {
      message: () => 'The property list must contain a single <dict>.',
      next: () => 'Put the keys into one <dict>.',
    },
    de: {
      message: () => 'Die Property-List muss genau ein <dict> enthalten.',
      next: () => 'Schreiben Sie alle Schlüssel in ein <dict>.',
    },
  }),
  'profile-signed': row({
    example: {},
    en: {
      message: () => 'This profile is already signed and cannot be checked.',
      next: () => 'Check it before it is signed.',
    },
    de: {
      message: () => 'Dieses Profil ist bereits signiert und kann nicht geprüft werden.',
      next: () => 'Prüfen Sie es vor dem Signieren.',
    },
  }),
  'payload-missing': row({
    example: { types: ['com.docker.config', 'com.portcullis.config'] },
    en: {
      message: () => 'The profile has no payload that Portcullis reads.',
      next: ({ types }) => `Add a payload of one of these types to "PayloadContent": ${list(types)}`,
    },
    de: {
      message: () => 'Das Profil enthält keinen Abschnitt, den Portcullis liest.',
      next: ({ types }) => `Ergänzen Sie unter „PayloadContent“ einen Abschnitt mit einem dieser Typen: ${list(types)}`,
    },
  }),
  'payload-conflict': row({
    example: { key: 'allowedOrgs', domain: 'com.docker.config' },
    en: {
      message: ({ key, domain }) => `The profile sets "${key}" of ${domain} more than once, to different values.`,
      next: () => 'Keep one of them: macOS does not say which it applies.',
    },
    de: {
      message: ({ key, domain }) => `Das Profil setzt „${key}“ von ${domain} mehrmals, auf verschiedene Werte.`,
      next: () => 'Behalten Sie einen davon: macOS sagt nicht, welcher gilt.',
    },
  }),
  'payload-not-forced': row({
    example: { domain: 'com.docker.config' },
    en: {
      message: ({ domain }) => `The profile does not force the settings of ${domain}, so users can change them.`,
      next: () => 'Put them under "Forced", in "mcx_preference_settings".',
    },
    de: {
      message: ({ domain }) => `Das Profil erzwingt die Einstellungen von ${domain} nicht; Benutzer können sie ändern.`,
      next: () => 'Schreiben Sie sie unter „Forced“, in „mcx_preference_settings“.',
    },
  }),
  'profile-for-user': row({
    example: {},
    en: {
      message: () => 'The profile has the scope "User": its settings are not read from there.',
      next: () => 'Set "PayloadScope" to "System".',
    },
    de: {
      message: () => 'Das Profil hat den Geltungsbereich „User“: Von dort werden seine Einstellungen nicht gelesen.',
      next: () => 'Setzen Sie „PayloadScope“ auf „System“.',
    },
  }),
  'registry-unreadable': row({
    example: { key: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Portcullis' },
    en: {
      message: ({ key }) => `The registry key ${key} cannot be read.`,
      next: () => 'Run reg.exe query with this key to see why.',
    },
    de: {
      message: ({ key }) => `Der Registrierungsschlüssel ${key} kann nicht gelesen werden.`,
      next: () => 'Rufen Sie reg.exe query mit diesem Schlüssel auf, um den Grund zu sehen.',
    },
  }),
  'registry-type': row({
    example: { type: 'REG_SZ' },
    en: {
      message: ({ type }) => `The value "allowedOrgs" is a ${type}.`,
      next: () => 'Make it a REG_MULTI_SZ with one organization per line.',
    },
    de: {
      message: ({ type }) => `Der Wert „allowedOrgs“ hat den Typ ${type}.`,
      next: () => 'Machen Sie daraus einen REG_MULTI_SZ mit einer Organisation pro Zeile.',
    },
  }),
  'registry-letters': row({
    example: { value: 'allowedOrgs', file: 'registry.json' },
    en: {
      message: ({ value }) => `The value "${value}" contains characters that cannot be read reliably.`,
      next: ({ file }) => `Put it into ${file} instead.`,
    },
    de: {
      message: ({ value }) => `Der Wert „${value}“ enthält Zeichen, die sich nicht zuverlässig lesen lassen.`,
      next: ({ file }) => `Tragen Sie ihn stattdessen in ${file} ein.`,
    },
  }),
  'intune-profile-invalid': row({
    example: {},
    en: {
      message: () => 'Intune would not apply this profile.',
      next: () => 'Create it again with portcullis managed-config create --format intune.',
    },
    de: {
      message: () => 'Intune würde dieses Profil nicht anwenden.',
      next: () => 'Erzeugen Sie es neu mit portcullis managed-config create --format intune.',
    },
  }),
  'reg-syntax': row({
    example: {},
    en: {
      message: () => 'This is not a valid registry file.',
      next: () => 'Export it again from the Registry Editor, or create it with portcullis managed-config create.',
    },
    de: {
      message: () => 'Das ist keine gültige Registrierungsdatei.',
      next: () =>
        'Exportieren Sie sie neu aus dem Registrierungs-Editor, oder erzeugen Sie sie mit portcullis managed-config create.',
    },
  }),
  'reg-key-missing': row({
    example: {
      expected: ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Portcullis'],
      found: ['HKEY_CURRENT_USER\\SOFTWARE\\Policies\\Portcullis'],
    },
    en: {
      message: ({ expected, found }) =>
        `This file has no key ${expected.join(' or ')}; it has ${found.length === 0 ? 'no key at all' : list(found)}.`,
      next: () =>
        'Write the key in full, with HKEY_LOCAL_MACHINE. HKLM, HKEY_CURRENT_USER and WOW6432Node are not read.',
    },
    de: {
      message: ({ expected, found }) =>
        `Diese Datei enthält keinen Schlüssel ${expected.join(' oder ')}; sie enthält ${found.length === 0 ? 'gar keinen' : list(found)}.`,
      next: () =>
        'Schreiben Sie den Schlüssel vollständig, mit HKEY_LOCAL_MACHINE. HKLM, HKEY_CURRENT_USER und WOW6432Node werden nicht gelesen.',
    },
  }),
  'platform-unsupported': row({
    example: { platform: 'freebsd' },
    en: {
      message: ({ platform }) => `Portcullis does not know where settings are stored on ${platform}.`,
      next: () => 'Use Linux, macOS or Windows.',
    },
    de: {
      message: ({ platform }) => `Portcullis kennt unter ${platform} keinen Speicherort für Einstellungen.`,
      next: () => 'Verwenden Sie Linux, macOS oder Windows.',
    },
  }),
  'windows-folder-unknown': row({
    example: { folder: 'ProgramData' },
    en: {
      message: ({ folder }) => `Windows did not report the location of its ${folder} folder.`,
      next: () => 'Restart the machine. If it happens again, send this message to support.',
    },
    de: {
      message: ({ folder }) => `Windows hat nicht mitgeteilt, wo sein Ordner ${folder} liegt.`,
      next: () => 'Starten Sie den Rechner neu. Tritt der Fehler wieder auf, senden Sie diese Meldung an den Support.',
    },
  }),
};
