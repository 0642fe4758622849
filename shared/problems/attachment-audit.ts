import { row } from './row.ts';

/** What an audit of attached engines finds, and what becomes of an audit that is not there. */
export const attachmentAuditProblems = {
  'attachment-wall-gone': row({
    example: {},
    en: {
      message: () => 'The wall around the engine is gone.',
      next: () => 'Load it again: systemctl restart portcullis-engine-guard',
    },
    de: {
      message: () => 'Die Netzwerksperre um die Engine ist weg.',
      next: () => 'Laden Sie sie neu: systemctl restart portcullis-engine-guard',
    },
  }),
  'attachment-wall-changed': row({
    example: {},
    en: {
      message: () => 'The rules of the wall were changed.',
      next: () => 'Load them again: systemctl restart portcullis-engine-guard',
    },
    de: {
      message: () => 'Die Regeln der Netzwerksperre wurden geändert.',
      next: () => 'Laden Sie sie neu: systemctl restart portcullis-engine-guard',
    },
  }),
  'attachment-wall-not-compared': row({
    example: {},
    en: {
      message: () => 'The rules of the wall could not be compared with what they should be.',
      next: () => 'Attach again: sudo portcullis engine attach',
    },
    de: {
      message: () => 'Die Regeln der Netzwerksperre ließen sich nicht vergleichen.',
      next: () => 'Binden Sie noch einmal an: sudo portcullis engine attach',
    },
  }),
  'attachment-guard-not-active': row({
    example: {},
    en: {
      message: () => 'The service that loads the wall at boot is not active.',
      next: () => 'Start it: systemctl enable --now portcullis-engine-guard',
    },
    de: {
      message: () => 'Der Dienst, der die Netzwerksperre beim Start lädt, ist nicht aktiv.',
      next: () => 'Starten Sie ihn: systemctl enable --now portcullis-engine-guard',
    },
  }),
  'attachment-engine-outside-wall': row({
    example: { unit: 'docker.service' },
    en: {
      message: ({ unit }) => `${unit} runs outside the wall.`,
      next: () => 'Load the wall again: systemctl restart portcullis-engine-guard',
    },
    de: {
      message: ({ unit }) => `${unit} läuft außerhalb der Netzwerksperre.`,
      next: () => 'Laden Sie die Netzwerksperre neu: systemctl restart portcullis-engine-guard',
    },
  }),
  'attachment-start-not-guarded': row({
    example: { unit: 'docker.service' },
    en: {
      message: ({ unit }) =>
        `The next start of ${unit} would be outside the wall, because its settings no longer call for it.`,
      next: () => 'Attach again: sudo portcullis engine attach',
    },
    de: {
      message: ({ unit }) =>
        `Der nächste Start von ${unit} wäre außerhalb der Netzwerksperre, weil die Einstellungen sie nicht mehr verlangen.`,
      next: () => 'Binden Sie noch einmal an: sudo portcullis engine attach',
    },
  }),
  'attachment-proxy-missing': row({
    example: { unit: 'docker.service' },
    en: {
      message: ({ unit }) => `${unit} runs without the gateway's proxy, so its pulls fail.`,
      next: ({ unit }) =>
        `Restart it: systemctl restart ${unit}. If that does not help, run sudo portcullis engine attach.`,
    },
    de: {
      message: ({ unit }) => `${unit} läuft ohne den Proxy des Gateways; Pulls schlagen fehl.`,
      next: ({ unit }) =>
        `Starten Sie die Engine neu: systemctl restart ${unit}. Hilft das nicht: sudo portcullis engine attach.`,
    },
  }),
  'attachment-rootless-past': row({
    example: { uid: 1000, pid: 4711 },
    en: {
      message: ({ uid, pid }) =>
        `The rootless Docker Engine of user ${uid} (process ${pid}) pulls without the gateway.`,
      next: () =>
        'Restart it: sudo portcullis engine attach --restart. If this persists, that user has changed its settings or started it by hand.',
    },
    de: {
      message: ({ uid, pid }) =>
        `Die rootless Docker Engine des Benutzers ${uid} (Prozess ${pid}) holt Images am Gateway vorbei.`,
      next: () =>
        'Starten Sie sie neu: sudo portcullis engine attach --restart. Bleibt sie so, hat dieser Benutzer ihre Einstellungen geändert oder sie von Hand gestartet.',
    },
  }),
  'attachment-reload-needed': row({
    example: { unit: 'docker.service' },
    en: {
      message: ({ unit }) => `Files of ${unit} have changed since systemd read them, so its next start may differ.`,
      next: () => 'Read them: systemctl daemon-reload',
    },
    de: {
      message: ({ unit }) =>
        `Dateien von ${unit} haben sich geändert, seit systemd sie gelesen hat; der nächste Start kann anders sein.`,
      next: () => 'Lesen Sie sie neu ein: systemctl daemon-reload',
    },
  }),
  'attachment-stray-engine': row({
    example: { program: 'dockerd', pid: 4711 },
    en: {
      message: ({ pid, program }) => `An engine runs past its service and past the wall: ${program}, process ${pid}.`,
      next: () => 'End that process, and use the service of the engine.',
    },
    de: {
      message: ({ pid, program }) =>
        `Eine Engine läuft neben ihrem Dienst und außerhalb der Netzwerksperre: ${program}, Prozess ${pid}.`,
      next: () => 'Beenden Sie diesen Prozess und verwenden Sie den Dienst der Engine.',
    },
  }),
  'attachment-file-missing': row({
    example: { file: '/etc/systemd/system/docker.service.d/50-portcullis.conf' },
    en: { message: ({ file }) => `${file} is gone.`, next: () => 'Attach again: sudo portcullis engine attach' },
    de: {
      message: ({ file }) => `${file} ist weg.`,
      next: () => 'Binden Sie noch einmal an: sudo portcullis engine attach',
    },
  }),
  'attachment-file-changed': row({
    example: { file: '/etc/systemd/system/docker.service.d/50-portcullis.conf', line: 7 },
    en: {
      message: ({ file, line }) => `${file} was changed in line ${line}.`,
      next: () => 'Attach again: sudo portcullis engine attach',
    },
    de: {
      message: ({ file, line }) => `${file} wurde in Zeile ${line} geändert.`,
      next: () => 'Binden Sie noch einmal an: sudo portcullis engine attach',
    },
  }),
  'attachment-daemon-proxy': row({
    example: { file: '/etc/docker/daemon.json', line: 3 },
    en: {
      message: ({ file, line }) => `${file}, line ${line}, gives the engine another proxy than the gateway.`,
      next: () => 'Remove the line and restart the engine.',
    },
    de: {
      message: ({ file, line }) => `${file}, Zeile ${line}, gibt der Engine einen anderen Proxy als das Gateway.`,
      next: () => 'Entfernen Sie die Zeile und starten Sie die Engine neu.',
    },
  }),
  'attachment-audit-missing': row({
    example: {},
    en: {
      message: () => 'Engines on this machine are attached to the gateway, but nothing checks whether they still are.',
      next: () => 'Run: sudo portcullis engine audit',
    },
    de: {
      message: () =>
        'Engines auf diesem Rechner sind an das Gateway angebunden, aber nichts prüft, ob sie es noch sind.',
      next: () => 'Führen Sie aus: sudo portcullis engine audit',
    },
  }),
  'attachment-audit-unusable': row({
    example: {},
    en: {
      message: () => 'The audit of the attached engines cannot be read or trusted.',
      next: () => 'Run: sudo portcullis engine audit',
    },
    de: {
      message: () => 'Die Prüfung der angebundenen Engines ist nicht lesbar oder nicht vertrauenswürdig.',
      next: () => 'Führen Sie aus: sudo portcullis engine audit',
    },
  }),
  'attachment-audit-stale': row({
    example: {},
    en: {
      message: () => 'The audit of the attached engines is no longer running.',
      next: () => 'Run: systemctl status portcullis-engine-audit.timer. Then: sudo portcullis engine audit',
    },
    de: {
      message: () => 'Die Prüfung der angebundenen Engines läuft nicht mehr.',
      next: () =>
        'Führen Sie aus: systemctl status portcullis-engine-audit.timer. Danach: sudo portcullis engine audit',
    },
  }),
};
