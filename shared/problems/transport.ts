import { row } from './row.ts';

/** How the panel and the command line reach the agent. */
export const transportProblems = {
  'agent-gone': row({
    example: {},
    en: {
      message: () => 'Portcullis quit before it answered.',
      next: () => 'Start it again. The gateway keeps enforcing the policy without it.',
    },
    de: {
      message: () => 'Portcullis wurde beendet, bevor es geantwortet hat.',
      next: () => 'Starten Sie es erneut. Das Gateway setzt die Richtlinie auch ohne es weiter durch.',
    },
  }),
  'agent-silent': row({
    example: {},
    en: {
      message: () => 'Portcullis is running but does not respond.',
      next: () => 'End it, then start it again. The gateway keeps enforcing the policy without it.',
    },
    de: {
      message: () => 'Portcullis läuft, antwortet aber nicht.',
      next: () =>
        'Beenden Sie es, und starten Sie es dann erneut. Das Gateway setzt die Richtlinie auch ohne es weiter durch.',
    },
  }),
  'agent-not-running': row({
    example: {},
    en: {
      message: () => 'Portcullis is not running for this user.',
      next: () =>
        'Open Portcullis (on a Linux server: systemctl --user enable --now portcullis-agent), then try again. The gateway keeps enforcing the policy without it.',
    },
    de: {
      message: () => 'Portcullis läuft für diesen Benutzer nicht.',
      next: () =>
        'Öffnen Sie Portcullis (auf einem Linux-Server: systemctl --user enable --now portcullis-agent), und versuchen Sie es dann noch einmal. Das Gateway setzt die Richtlinie auch ohne es weiter durch.',
    },
  }),
  'agent-running': row({
    example: {},
    en: {
      message: () => 'Portcullis is already running for this user.',
      next: () => 'Use the running one (portcullis open), or quit it first.',
    },
    de: {
      message: () => 'Portcullis läuft für diesen Benutzer bereits.',
      next: () => 'Verwenden Sie das laufende (portcullis open), oder beenden Sie es zuerst.',
    },
  }),
  'agent-socket': row({
    example: { path: '/run/user/1000/portcullis/agent.sock' },
    en: {
      message: ({ path }) => `The agent's socket ${path} could not be created.`,
      next: () => 'Check that its folder is yours and that the path is shorter than 100 characters.',
    },
    de: {
      message: ({ path }) => `Der Socket ${path} des Agenten konnte nicht angelegt werden.`,
      next: () => 'Prüfen Sie, ob der Ordner Ihnen gehört und der Pfad kürzer als 100 Zeichen ist.',
    },
  }),
  'agent-socket-occupied': row({
    example: { path: '/run/user/1000/portcullis/agent.sock' },
    en: {
      message: ({ path }) => `The agent needs ${path} for its socket, but something else is there.`,
      next: () => 'Move or delete it, then start Portcullis again.',
    },
    de: {
      message: ({ path }) => `Der Agent braucht ${path} für seinen Socket, aber dort liegt etwas anderes.`,
      next: () => 'Verschieben oder löschen Sie es, und starten Sie Portcullis dann erneut.',
    },
  }),
  'agent-socket-untrusted': row({
    example: { folder: '/run/user/1000/portcullis' },
    en: {
      message: ({ folder }) => `Another user could replace the agent's socket in ${folder}.`,
      next: () => 'Set XDG_RUNTIME_DIR to a folder that only you can write to, or unset it.',
    },
    de: {
      message: ({ folder }) => `Ein anderer Benutzer könnte den Socket des Agenten in ${folder} ersetzen.`,
      next: () =>
        'Setzen Sie XDG_RUNTIME_DIR auf einen Ordner, in den nur Sie schreiben können, oder entfernen Sie es.',
    },
  }),
  'ipc-not-allowed': row({
    example: {},
    en: { message: () => 'Only the panel may send this message.' },
    de: { message: () => 'Nur die Oberfläche darf diese Nachricht senden.' },
  }),
  'ipc-too-long': row({
    example: {},
    en: { message: () => 'The message is longer than 1 MiB.' },
    de: { message: () => 'Die Nachricht ist länger als 1 MiB.' },
  }),
  'no-address': row({
    example: {},
    en: {
      message: () => 'The panel of the tray app is a window and has no address.',
      next: () => 'Run "portcullis open" without --print.',
    },
    de: {
      message: () => 'Die Oberfläche der Tray-App ist ein Fenster und hat keine Adresse.',
      next: () => 'Führen Sie „portcullis open“ ohne --print aus.',
    },
  }),
  'no-browser': row({
    example: {},
    en: {
      message: () => 'No browser could be opened on this machine.',
      next: () =>
        'Run "portcullis open --print" and open the address in a browser on this machine, or through an SSH tunnel.',
    },
    de: {
      message: () => 'Auf diesem Rechner ließ sich kein Browser öffnen.',
      next: () =>
        'Führen Sie „portcullis open --print“ aus, und öffnen Sie die Adresse in einem Browser auf diesem Rechner oder durch einen SSH-Tunnel.',
    },
  }),
  'panel-not-allowed': row({
    example: {},
    en: {
      message: () => 'This address of the panel was already used, or is older than a minute.',
      next: () => 'Run "portcullis open" to get a new one.',
    },
    de: {
      message: () => 'Diese Adresse der Oberfläche wurde bereits verwendet oder ist älter als eine Minute.',
      next: () => 'Führen Sie „portcullis open“ aus, um eine neue zu erhalten.',
    },
  }),
  'panel-not-built': row({
    example: {},
    en: {
      message: () => 'The panel has not been built.',
      next: () => 'Run "npm run build", then start again.',
    },
    de: {
      message: () => 'Die Oberfläche wurde noch nicht gebaut.',
      next: () => 'Führen Sie „npm run build“ aus, und starten Sie dann erneut.',
    },
  }),
  'panel-port': row({
    example: { address: '127.0.0.1:7443' },
    en: {
      message: ({ address }) => `The panel cannot listen on ${address}.`,
      next: () => 'Close the program that uses this port, or choose another port (0 picks a free one).',
    },
    de: {
      message: ({ address }) => `Die Oberfläche kann ${address} nicht öffnen.`,
      next: () =>
        'Beenden Sie das Programm, das diesen Port verwendet, oder wählen Sie einen anderen (0 nimmt einen freien).',
    },
  }),
};
