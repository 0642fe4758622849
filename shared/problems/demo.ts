import { row } from './row.ts';

export const demoProblems = {
  'demo-running': row({
    example: { portcullis: 'npm run -s portcullis --' },
    en: {
      message: () => 'The demo is already running in this folder.',
      next: ({ portcullis }) => `Open its panel with "${portcullis} open", or use --folder to run a second one.`,
    },
    de: {
      message: () => 'Die Demo läuft in diesem Ordner bereits.',
      next: ({ portcullis }) =>
        `Öffnen Sie ihr Fenster mit "${portcullis} open", oder starten Sie mit --folder eine zweite.`,
    },
  }),
  'demo-folder-taken': row({
    example: { folder: '/home/mia/projects' },
    en: {
      message: ({ folder }) => `${folder} is not a demo folder, so it was not deleted.`,
      next: () => 'Use another --folder, or delete it manually.',
    },
    de: {
      message: ({ folder }) => `${folder} ist kein Ordner einer Demo und wurde deshalb nicht gelöscht.`,
      next: () => 'Wählen Sie mit --folder einen anderen Ordner, oder löschen Sie ihn selbst.',
    },
  }),
  // The cause is the process's own problem, with its next step.
  'demo-process-failed': row({
    example: { process: 'gateway' },
    en: { message: ({ process }) => `The demo's ${process} could not be started.` },
    de: { message: ({ process }) => `Ein Teil der Demo (${process}) konnte nicht gestartet werden.` },
  }),

  // Why the demo has no tray.
  'electron-not-as-root': row({
    example: {},
    en: {
      message: () => 'Electron does not run as root.',
      next: () => 'To get the tray app, start the demo as another user.',
    },
    de: {
      message: () => 'Electron läuft nicht als root.',
      next: () => 'Starten Sie die Demo als anderer Benutzer, um das Symbol in der Taskleiste zu erhalten.',
    },
  }),
  'electron-no-display': row({
    example: {},
    en: {
      message: () => 'Electron needs a display.',
      next: () => 'To get the tray app, start the demo in a graphical session.',
    },
    de: {
      message: () => 'Electron benötigt eine Bildschirmanzeige.',
      next: () => 'Starten Sie die Demo in einer grafischen Sitzung, um das Symbol in der Taskleiste zu erhalten.',
    },
  }),
  'electron-not-installed': row({
    example: {},
    en: {
      message: () => 'Electron is not installed.',
      next: () => 'To get the tray app, run "npm ci" without --omit=dev.',
    },
    de: {
      message: () => 'Electron ist nicht installiert.',
      next: () => 'Führen Sie "npm ci" ohne --omit=dev aus, um das Symbol in der Taskleiste zu erhalten.',
    },
  }),
  'electron-missing': row({
    example: { program: '/opt/electron/electron' },
    en: {
      message: ({ program }) => `There is no Electron at ${program}.`,
      next: () => 'Correct ELECTRON_OVERRIDE_DIST_PATH.',
    },
    de: {
      message: ({ program }) => `Unter ${program} gibt es kein Electron.`,
      next: () => 'Berichtigen Sie ELECTRON_OVERRIDE_DIST_PATH.',
    },
  }),
  'electron-download-failed': row({
    example: {},
    en: {
      message: () => 'Electron could not be downloaded.',
      next: () => 'Check your network, then start the demo again.',
    },
    de: {
      message: () => 'Electron konnte nicht heruntergeladen werden.',
      next: () => 'Prüfen Sie Ihr Netzwerk, und starten Sie die Demo noch einmal.',
    },
  }),
  'electron-build-failed': row({
    example: {},
    en: {
      message: () => 'The tray app could not be built.',
      next: () => 'Fix the cause and start the demo again.',
    },
    de: {
      message: () => 'Die Anwendung für die Taskleiste konnte nicht gebaut werden.',
      next: () => 'Beheben Sie die Ursache, und starten Sie die Demo noch einmal.',
    },
  }),
  'electron-start-failed': row({
    example: {},
    en: {
      message: () => 'Electron did not start.',
      next: () => 'Fix the cause and start the demo again.',
    },
    de: {
      message: () => 'Electron ist nicht gestartet.',
      next: () => 'Beheben Sie die Ursache, und starten Sie die Demo noch einmal.',
    },
  }),

  // The VM of `npm start -- --vm`.
  'vm-needs-linux': row({
    example: { platform: 'darwin' },
    en: {
      message: ({ platform }) => `A VM with a Docker Engine needs Linux; this is ${platform}.`,
      next: () => 'Start the demo without --vm.',
    },
    de: {
      message: ({ platform }) => `Eine VM mit Docker Engine gibt es nur unter Linux; dies ist ${platform}.`,
      next: () => 'Starten Sie die Demo ohne --vm.',
    },
  }),
  'vm-needs-root': row({
    example: {},
    en: {
      message: () => 'Only root can create a VM with a Docker Engine.',
      next: () => 'Start the demo as root, or without --vm.',
    },
    de: {
      message: () => 'Nur root kann eine VM mit Docker Engine anlegen.',
      next: () => 'Starten Sie die Demo als root oder ohne --vm.',
    },
  }),
  'vm-tools-missing': row({
    example: { tools: ['dockerd', 'ip'] },
    en: {
      message: ({ tools }) => `A VM with a Docker Engine needs ${tools.join(', ')}.`,
      next: () => 'On Debian or Ubuntu, run "sudo apt-get install docker.io iproute2 util-linux".',
    },
    de: {
      message: ({ tools }) => `Für eine VM mit Docker Engine fehlt: ${tools.join(', ')}.`,
      next: () => 'Führen Sie unter Debian oder Ubuntu "sudo apt-get install docker.io iproute2 util-linux" aus.',
    },
  }),
  'no-free-subnet': row({
    example: { first: '10.200.0.0/24', last: '10.254.255.0/24' },
    en: {
      message: ({ first, last }) => `Every network from ${first} to ${last} is in use on this machine.`,
      next: () => 'Remove a VM or a route that is no longer needed.',
    },
    de: {
      message: ({ first, last }) => `Auf diesem Rechner sind alle Netze von ${first} bis ${last} belegt.`,
      next: () => 'Entfernen Sie eine VM oder eine Route, die nicht mehr gebraucht wird.',
    },
  }),
  'vm-registration-unreadable': row({
    example: { file: '/var/lib/portcullis-vm/10.200.0.json' },
    en: {
      message: ({ file }) => `${file} does not say which process its VM belongs to.`,
      next: () => 'Delete the file and the rest of that VM.',
    },
    de: {
      message: ({ file }) => `Aus ${file} geht nicht hervor, zu welchem Prozess die VM gehört.`,
      next: () => 'Löschen Sie die Datei und die Reste dieser VM.',
    },
  }),
  'cannot-lock': row({
    example: { file: '/run/portcullis-vm.lock' },
    en: {
      message: ({ file }) => `${file} cannot be locked.`,
      next: () => 'Make sure that flock is installed (package util-linux).',
    },
    de: {
      message: ({ file }) => `${file} lässt sich nicht sperren.`,
      next: () => 'Stellen Sie sicher, dass flock installiert ist (Paket util-linux).',
    },
  }),
  'cannot-kill': row({
    example: { pids: ['4711', '4712'] },
    en: {
      message: ({ pids }) => `These processes of the VM do not end: ${pids.join(', ')}.`,
      next: () => 'End them manually, or restart the machine.',
    },
    de: {
      message: ({ pids }) => `Diese Prozesse der VM lassen sich nicht beenden: ${pids.join(', ')}.`,
      next: () => 'Beenden Sie sie selbst, oder starten Sie den Rechner neu.',
    },
  }),
  'engine-did-not-start': row({
    example: {},
    en: {
      message: () => 'The Docker Engine of the VM did not start.',
      next: () => 'Make sure that Docker works on this machine.',
    },
    de: {
      message: () => 'Die Docker Engine der VM ist nicht gestartet.',
      next: () => 'Stellen Sie sicher, dass Docker auf diesem Rechner funktioniert.',
    },
  }),
};
