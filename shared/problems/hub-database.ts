import { row } from './row.ts';

/** What whoever runs a hub is told of a database on PostgreSQL, and of the key by which secrets in a database are encrypted. */
export const hubDatabaseProblems = {
  'hub-database-unreachable': row({
    example: { address: 'db.example/portcullis' },
    en: {
      message: ({ address }) => `The hub cannot connect to the database ${address}.`,
      next: () =>
        'Check the address in the configuration, that PostgreSQL is running and lets this machine in (pg_hba.conf), and the password.',
    },
    de: {
      message: ({ address }) => `Der Hub kann sich nicht mit der Datenbank ${address} verbinden.`,
      next: () =>
        'Prüfen Sie die Adresse in der Konfiguration, ob PostgreSQL läuft und diesen Rechner zulässt (pg_hba.conf), und das Passwort.',
    },
  }),
  'hub-database-unsuitable': row({
    example: { address: 'db.example/portcullis' },
    en: {
      message: ({ address }) => `The hub cannot use the database ${address}.`,
      next: () =>
        'It needs PostgreSQL 13 or newer, a database whose encoding is UTF8, and a role that may create tables in it: CREATE DATABASE portcullis OWNER hub ENCODING UTF8',
    },
    de: {
      message: ({ address }) => `Der Hub kann die Datenbank ${address} nicht verwenden.`,
      next: () =>
        'Er braucht PostgreSQL 13 oder neuer, eine Datenbank in der Kodierung UTF8 und eine Rolle, die darin Tabellen anlegen darf: CREATE DATABASE portcullis OWNER hub ENCODING UTF8',
    },
  }),
  'hub-database-newer': row({
    example: { address: 'db.example/portcullis' },
    en: {
      message: ({ address }) => `The database ${address} was written by a newer version of the hub.`,
      next: () => 'Install that version here too. Going back needs a backup of the database from before the upgrade.',
    },
    de: {
      message: ({ address }) => `Die Datenbank ${address} gehört zu einer neueren Version des Hubs.`,
      next: () =>
        'Installieren Sie diese Version auch hier. Für den Weg zurück braucht es eine Sicherung der Datenbank von vor dem Update.',
    },
  }),
  'hub-key-needed': row({
    example: {},
    en: {
      message: () => 'The hub has no key to encrypt the secrets in its database with.',
      next: () =>
        'Make one with "openssl rand -base64 32", put it into a file that only the hub can read, and name it as keyFile in the configuration, or set PORTCULLIS_HUB_KEY. Every hub on this database needs the same.',
    },
    de: {
      message: () => 'Der Hub hat keinen Schlüssel, um die Geheimnisse in seiner Datenbank zu verschlüsseln.',
      next: () =>
        'Erzeugen Sie einen mit "openssl rand -base64 32", legen Sie ihn in einer Datei ab, die nur der Hub lesen kann, und nennen Sie sie in der Konfiguration als keyFile, oder setzen Sie PORTCULLIS_HUB_KEY. Jeder Hub an dieser Datenbank braucht denselben.',
    },
  }),
  'hub-key-wrong': row({
    example: {},
    en: {
      message: () => 'The secrets in the database are encrypted by another key.',
      next: () =>
        'Give the hub the key that they were encrypted by. After a change of the key, keep the old one on a line below the new one until every hub has started.',
    },
    de: {
      message: () => 'Die Geheimnisse in der Datenbank sind mit einem anderen Schlüssel verschlüsselt.',
      next: () =>
        'Geben Sie dem Hub den Schlüssel, mit dem sie verschlüsselt wurden. Behalten Sie nach einem Wechsel den alten in einer Zeile unter dem neuen, bis jeder Hub neu gestartet ist.',
    },
  }),
  'hub-key-unusable': row({
    example: { file: '/etc/portcullis-hub/key' },
    en: {
      message: ({ file }) => `The hub cannot use the key in ${file}.`,
      next: () =>
        'Each line is a key of 32 bytes in base64, the newest first, and no other user may read the file (chmod 600).',
    },
    de: {
      message: ({ file }) => `Der Hub kann den Schlüssel in ${file} nicht verwenden.`,
      next: () =>
        'Jede Zeile ist ein Schlüssel von 32 Byte in Base64, der neueste zuerst, und kein anderer Benutzer darf die Datei lesen (chmod 600).',
    },
  }),
  'move-without-postgres': row({
    example: {},
    en: {
      message: () => 'The configuration names no PostgreSQL database to move to.',
      next: () => 'Add "database" and "keyFile" to hub.json, as docs/install-hub.md says, and repeat the command.',
    },
    de: {
      message: () => 'Die Konfiguration nennt keine PostgreSQL-Datenbank, in die umgezogen werden soll.',
      next: () =>
        'Tragen Sie "database" und "keyFile" in hub.json ein, wie docs/install-hub.md es beschreibt, und wiederholen Sie den Befehl.',
    },
  }),
  'move-target-used': row({
    example: { address: 'db.example/portcullis' },
    en: {
      message: ({ address }) => `The database ${address} already holds the data of a hub, so nothing was moved there.`,
      next: () =>
        'Move to a new, empty database. If an earlier move was interrupted at its very end, everything is there: start the hub and compare.',
    },
    de: {
      message: ({ address }) =>
        `Die Datenbank ${address} enthält schon Daten eines Hubs, deshalb wurde nichts dorthin übertragen.`,
      next: () =>
        'Ziehen Sie in eine neue, leere Datenbank um. Ist ein früherer Umzug ganz zuletzt abgebrochen, ist alles schon dort: Starten Sie den Hub und vergleichen Sie.',
    },
  }),
  'move-failed': row({
    example: { address: 'db.example/portcullis' },
    en: {
      message: ({ address }) => `The hub's data could not be copied to ${address}.`,
      next: () =>
        'Fix the cause and repeat the command. To go on with the old database until then, remove "database" from hub.json.',
    },
    de: {
      message: ({ address }) => `Die Daten des Hubs konnten nicht nach ${address} kopiert werden.`,
      next: () =>
        'Beheben Sie die Ursache und wiederholen Sie den Befehl. Um bis dahin mit der alten Datenbank weiterzuarbeiten, entfernen Sie "database" aus hub.json.',
    },
  }),
  'backup-of-postgres': row({
    example: {},
    en: {
      message: () => "This hub's database is on PostgreSQL, which makes and restores its backups itself.",
      next: () => 'Use pg_dump and pg_restore, as docs/install-hub.md says.',
    },
    de: {
      message: () =>
        'Die Datenbank dieses Hubs liegt auf PostgreSQL, das seine Sicherungen selbst erstellt und wiederherstellt.',
      next: () => 'Verwenden Sie pg_dump und pg_restore, wie docs/install-hub.md es beschreibt.',
    },
  }),
};
