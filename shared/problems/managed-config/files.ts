import { row } from '../row.ts';

/** Reading a file that only administrators may change. */
export const fileProblems = {
  'read-failed': row({
    example: { file: '/etc/portcullis/registry.json' },
    en: {
      message: ({ file }) => `${file} could not be read again. The settings read before still apply.`,
      next: () => 'Check the disk and the file.',
    },
    de: {
      message: ({ file }) =>
        `${file} konnte nicht erneut gelesen werden. Die zuvor gelesenen Einstellungen gelten weiter.`,
      next: () => 'Prüfen Sie den Datenträger und die Datei.',
    },
  }),
  'just-removed': row({
    example: { file: '/etc/portcullis/registry.json', seconds: 10 },
    en: {
      message: ({ file, seconds }) =>
        `${file} is gone. Its settings apply until it has been gone for ${seconds} seconds.`,
      next: () => 'If it was removed by mistake, put it back.',
    },
    de: {
      message: ({ file, seconds }) =>
        `${file} ist nicht mehr da. Die Einstellungen gelten, bis die Datei ${seconds} Sekunden lang fehlt.`,
      next: () => 'Wurde sie versehentlich entfernt, stellen Sie sie wieder her.',
    },
  }),
  'admin-settings-without-organization': row({
    example: { file: '/usr/share/docker-desktop/admin-settings.json' },
    en: {
      message: ({ file }) => `${file} names no organization, so it restricts nothing here.`,
      next: () => 'Name the organization in registry.json or an equivalent.',
    },
    de: {
      message: ({ file }) => `${file} nennt keine Organisation und schränkt hier deshalb nichts ein.`,
      next: () => 'Nennen Sie die Organisation in registry.json oder an gleichwertiger Stelle.',
    },
  }),
  'no-such-file': row({
    example: { file: '/home/mia/registy.json' },
    en: { message: ({ file }) => `There is no file at ${file}.`, next: () => 'Check the name.' },
    de: { message: ({ file }) => `Unter ${file} gibt es keine Datei.`, next: () => 'Prüfen Sie den Namen.' },
  }),
  'file-changing': row({
    example: { file: '/etc/portcullis/registry.json' },
    en: {
      message: ({ file }) => `${file} keeps changing while it is being read.`,
      next: () => 'Deploy it once, by renaming a complete file.',
    },
    de: {
      message: ({ file }) => `${file} ändert sich immer wieder, während die Datei gelesen wird.`,
      next: () => 'Verteilen Sie sie ein einziges Mal, durch Umbenennen einer vollständigen Datei.',
    },
  }),
  'not-a-regular-file': row({
    example: { file: '/etc/portcullis/registry.json' },
    en: {
      message: ({ file }) => `${file} is not a regular file.`,
      next: () => 'Replace it with a regular file.',
    },
    de: {
      message: ({ file }) => `${file} ist keine gewöhnliche Datei.`,
      next: () => 'Ersetzen Sie sie durch eine gewöhnliche Datei.',
    },
  }),
  'file-too-large': row({
    example: { file: '/etc/portcullis/registry.json', size: 5_242_880, maximum: 1_048_576 },
    en: {
      message: ({ file, size, maximum }) => `${file} is too large (${size} bytes, at most ${maximum}).`,
      next: () => 'Check that the right file was deployed.',
    },
    de: {
      message: ({ file, size, maximum }) => `${file} ist zu groß (${size} Bytes, höchstens ${maximum}).`,
      next: () => 'Prüfen Sie, ob die richtige Datei verteilt wurde.',
    },
  }),
  'file-unreadable': row({
    example: { file: '/etc/portcullis/registry.json' },
    en: { message: ({ file }) => `${file} cannot be read.`, next: () => 'Check the disk and the file.' },
    de: {
      message: ({ file }) => `${file} kann nicht gelesen werden.`,
      next: () => 'Prüfen Sie den Datenträger und die Datei.',
    },
  }),
  'file-not-permitted': row({
    example: { file: '/etc/portcullis/registry.json' },
    en: {
      message: ({ file }) => `Portcullis is not allowed to read ${file}.`,
      next: () => 'Make the file readable by everyone (mode 0644), and its folders accessible (mode 0755).',
    },
    de: {
      message: ({ file }) => `Portcullis darf ${file} nicht lesen.`,
      next: () => 'Machen Sie die Datei für alle lesbar (Modus 0644) und ihre Ordner zugänglich (Modus 0755).',
    },
  }),
  'folder-is-a-file': row({
    example: { file: '/etc/portcullis/registry.json' },
    en: {
      message: ({ file }) => `${file} cannot be read: one of its parent folders is a file.`,
      next: () => 'Replace that file with a folder.',
    },
    de: {
      message: ({ file }) => `${file} kann nicht gelesen werden: Einer der übergeordneten Ordner ist eine Datei.`,
      next: () => 'Ersetzen Sie diese Datei durch einen Ordner.',
    },
  }),
  'wrong-owner': row({
    example: { path: '/etc/portcullis/registry.json', command: 'chown 0 /etc/portcullis/registry.json' },
    en: {
      message: ({ path }) => `${path} belongs to another user, who could change it.`,
      next: ({ command }) => `Change its owner: ${command}`,
    },
    de: {
      message: ({ path }) => `${path} gehört einem anderen Benutzer, der den Inhalt ändern könnte.`,
      next: ({ command }) => `Ändern Sie den Besitzer: ${command}`,
    },
  }),
  'writable-by-others': row({
    example: { path: '/etc/portcullis/registry.json', command: 'chmod go-w /etc/portcullis/registry.json' },
    en: {
      message: ({ path }) => `${path} can be changed by other users.`,
      next: ({ command }) => `Restrict its permissions: ${command}`,
    },
    de: {
      message: ({ path }) => `${path} kann von anderen Benutzern geändert werden.`,
      next: ({ command }) => `Schränken Sie die Berechtigungen ein: ${command}`,
    },
  }),
  'link-in-path': row({
    example: { path: '/etc/portcullis' },
    en: {
      message: ({ path }) => `${path} is a link that another user could redirect.`,
      next: () => 'Replace it with a folder.',
    },
    de: {
      message: ({ path }) => `${path} ist eine Verknüpfung, die ein anderer Benutzer umlenken könnte.`,
      next: () => 'Ersetzen Sie sie durch einen Ordner.',
    },
  }),
  'access-list-unclear': row({
    example: { path: 'C:\\ProgramData\\Portcullis\\registry.json' },
    en: {
      message: ({ path }) => `The permissions of ${path} could not be checked.`,
      next: () => 'Look at them with icacls.',
    },
    de: {
      message: ({ path }) => `Die Berechtigungen von ${path} konnten nicht geprüft werden.`,
      next: () => 'Sehen Sie sie sich mit icacls an.',
    },
  }),
  'draft-not-trusted': row({
    example: {},
    en: {
      message: () => 'No machine would use this copy from where it is now.',
      next: () => 'Deploy it to a folder that only administrators can change.',
    },
    de: {
      message: () => 'An ihrem jetzigen Ort würde kein Rechner diese Kopie verwenden.',
      next: () => 'Verteilen Sie sie in einen Ordner, den nur Administratoren ändern können.',
    },
  }),
};
