import { row } from './row.ts';

export const guestProblems = {
  'guest-host': row({
    example: { host: 'host.lima.internal' },
    en: {
      message: ({ host }) => `${host} is not an IPv4 address.`,
      next: () => 'Use the address at which the guest reaches this machine, such as --host 192.168.5.2.',
    },
    de: {
      message: ({ host }) => `${host} ist keine IPv4-Adresse.`,
      next: () => 'Geben Sie die Adresse an, unter der der Gast diesen Rechner erreicht, etwa --host 192.168.5.2.',
    },
  }),
  'guest-file-exists': row({
    example: { file: '/home/mia/.lima/_config/lima/override.yaml' },
    en: {
      message: ({ file }) => `${file} already exists with other content, and was not replaced.`,
      next: () => 'Run the command without --out and merge what it prints, or use --force to replace the file.',
    },
    de: {
      message: ({ file }) => `${file} ist bereits mit anderem Inhalt vorhanden und wurde nicht ersetzt.`,
      next: () => 'Führen Sie den Befehl ohne --out aus und ergänzen Sie die Datei, oder ersetzen Sie sie mit --force.',
    },
  }),
  'guest-config-unreadable': row({
    example: { file: '.wslconfig' },
    en: { message: ({ file }) => `${file} could not be read.` },
    de: { message: ({ file }) => `${file} konnte nicht gelesen werden.` },
  }),
  'wsl-allowlist-not-in-force': row({
    example: {},
    en: {
      message: () => 'No policy blocks anything on this machine now, so there is no allowlist to export.',
      next: () => 'Export it on a machine where the policy is in force, or name the registries with --registry.',
    },
    de: {
      message: () =>
        'Auf diesem Rechner blockiert derzeit keine Richtlinie etwas, deshalb gibt es keine Zulassungsliste zu exportieren.',
      next: () =>
        'Exportieren Sie sie auf einem Rechner, auf dem die Richtlinie gilt, oder nennen Sie die Registries mit --registry.',
    },
  }),
};
