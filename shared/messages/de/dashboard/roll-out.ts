import type { RollOutMessages } from '../../en/dashboard/roll-out.ts';

export const rollOutDe: RollOutMessages = {
  title: 'Rollout',
  lead: (organization) =>
    `Damit verlangt ein Rechner die Anmeldung eines Mitglieds von ${organization} und holt die Richtlinie von diesem Server. Beginnen Sie mit einem Rechner und im Modus „Nur protokollieren“.`,
  keys: 'Signaturschlüssel',
  keysLead:
    'Rechner akzeptieren nur Richtlinien, die einer dieser Schlüssel signiert hat. Vergleichen Sie die Fingerabdrücke mit denen, die „portcullis managed-config create --pin“ ausgibt.',
  thumbprint: 'Fingerabdruck',
  copyThumbprint: 'Fingerabdruck kopieren',
  keyState: {
    announced: 'Angekündigt, signiert noch nicht',
    signing: 'Signiert Richtlinien',
    retiring: 'Signiert nicht mehr',
  },
  keyUntil: 'Entfernen ab',
  replace: 'Schlüssel ersetzen',
  replaceSteps: [
    'Kündigen Sie den nächsten Schlüssel an. Er wird veröffentlicht und steht in den Dateien unten, signiert aber noch nicht.',
    'Verteilen Sie die Dateien unten auf alle Rechner.',
    'Signieren Sie mit dem neuen Schlüssel. Ein Rechner, der ihn noch nicht hat, behält seine Richtlinie, bis sie abläuft, höchstens 72 Stunden.',
    'Lassen Sie den alten Schlüssel bis zu dem oben genannten Zeitpunkt in den Dateien.',
  ],
  announce: 'Nächsten Schlüssel ankündigen',
  use: 'Mit dem neuen Schlüssel signieren',
  useTitle: 'Mit dem neuen Schlüssel signieren?',
  useText:
    'Jeder Rechner sollte jetzt Dateien mit dem neuen Schlüssel haben. Ohne ihn behält ein Rechner seine Richtlinie höchstens 72 Stunden und blockiert dann alle Pulls.',
  ownersOnly: 'Nur Eigentümer können den Schlüssel ersetzen.',
  stepDone: 'Erledigt:',
  stepNow: 'Jetzt:',
  methods: 'Womit verwalten Sie Rechner?',
  method: {
    debian: {
      name: 'Debian, Ubuntu',
      how: 'Legen Sie Schlüssel und Paket auf den Rechner und führen Sie diese Befehle aus. Sie installieren das Gateway, binden die Container-Engines an und schlagen fehl, wenn etwas davon nicht gelingt.',
    },
    ansible: {
      name: 'Ansible',
      how: 'Legen Sie die Schlüssel neben Ihr Playbook und dies in die Variablen der Rolle „portcullis“. Sie installiert, bindet an und prüft jeden Rechner.',
    },
    'windows-installer': {
      name: 'Windows-Installer',
      how: 'Legen Sie die Schlüssel dorthin, wo nur Administratoren sie ändern können, und installieren Sie ohne Rückfragen. Exit-Code 0 heißt, dass alles erledigt wurde.',
    },
    intune: {
      name: 'Intune',
      how: 'Senden Sie diese Datei im Graph Explorer als Inhalt von POST https://graph.microsoft.com/v1.0/deviceManagement/deviceConfigurations. Weisen Sie das Profil dann einer Gruppe zu, zuerst mit einem Rechner.',
    },
    'group-policy': {
      name: 'Gruppenrichtlinie',
      how: 'Verteilen Sie diese Datei mit einem Startskript des Rechners, oder tragen Sie ihre Werte in der Vorlage Portcullis.admx ein.',
    },
    macos: {
      name: 'Jamf Pro, macOS',
      how: 'Laden Sie dieses Profil in Ihre Geräteverwaltung. Sie signiert es und installiert es für den ganzen Rechner.',
    },
    files: {
      name: 'Von Hand',
      how: 'registry.json verlangt die Anmeldung, portcullis.json nennt diesen Server und legt die Schlüssel fest. desktop.plist ist für Docker Desktop unter macOS und tritt dort an die Stelle von registry.json. Nur Administratoren dürfen die Dateien ändern können.',
    },
  },
  download: (name) => `${name} herunterladen`,
  show: (name) => `${name} anzeigen`,
  commands: (what) => `Befehle: ${what}`,
  copyCommands: 'Befehle kopieren',
  notMade: 'Diese Datei kann nicht erzeugt werden:',
  check: 'Einen Rechner prüfen',
  checkText:
    'Jeder dieser Befehle endet nur dann mit 0, wenn alles stimmt. Der letzte zeigt die Richtlinie, sobald sich ein Mitglied angemeldet hat.',
};
