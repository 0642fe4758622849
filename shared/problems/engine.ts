import { row } from './row.ts';

export const engineProblems = {
  // Why a wall is not in use, or not proven.
  'engine-not-running': row({
    example: {},
    en: { message: () => 'No container engine is running.' },
    de: { message: () => 'Es läuft keine Container-Engine.' },
  }),
  'engine-unattached': row({
    example: { engine: 'Podman' },
    en: {
      message: ({ engine }) => `${engine} is not attached to the gateway, so it can pull from any registry.`,
      next: () => 'Attach it, or remove it.',
    },
    de: {
      message: ({ engine }) => `${engine} ist nicht an das Gateway angebunden und kann aus jeder Registry pullen.`,
      next: () => 'Binden Sie sie an, oder entfernen Sie sie.',
    },
  }),
  'engine-without-proxy': row({
    example: {},
    en: { message: () => 'The engine uses no proxy (HTTPS_PROXY is not set).' },
    de: { message: () => 'Die Engine verwendet keinen Proxy (HTTPS_PROXY ist nicht gesetzt).' },
  }),
  'engine-proxy-gone': row({
    example: {},
    en: {
      message: () => 'The container engine was restarted without its proxy.',
      next: () => 'Set HTTPS_PROXY for the engine again and restart it. If the change is intended, restart Portcullis.',
    },
    de: {
      message: () => 'Die Container-Engine wurde ohne ihren Proxy neu gestartet.',
      next: () =>
        'Setzen Sie HTTPS_PROXY für die Engine wieder und starten Sie sie neu. Ist die Änderung gewollt, starten Sie Portcullis neu.',
    },
  }),
  'engine-dns-behind-proxy': row({
    example: { suffix: 'direct.probe.portcullis.internal' },
    en: {
      message: ({ suffix }) =>
        `The engine leaves DNS to its proxy, so it cannot be checked: NO_PROXY does not contain .${suffix}.`,
    },
    de: {
      message: ({ suffix }) =>
        `Die Engine überlässt DNS ihrem Proxy, deshalb lässt es sich nicht prüfen: NO_PROXY enthält .${suffix} nicht.`,
    },
  }),
  'wall-without-listener': row({
    example: {},
    en: { message: () => 'The gateway has no listener for this wall.' },
    de: { message: () => 'Das Gateway hat dafür keinen Listener.' },
  }),
  'wall-not-checked': row({
    example: {},
    en: { message: () => 'Not checked yet.' },
    de: { message: () => 'Noch nicht geprüft.' },
  }),

  // Asking the engine.
  'engine-silent': row({
    example: { engine: 'Docker Engine' },
    en: {
      message: ({ engine }) => `${engine} does not report its settings.`,
      next: () => 'Restart the container engine.',
    },
    de: {
      message: ({ engine }) => `${engine} gibt keine Auskunft über die eigenen Einstellungen.`,
      next: () => 'Starten Sie die Container-Engine neu.',
    },
  }),
  'engine-forbidden': row({
    example: { engine: 'Docker Engine' },
    en: {
      message: ({ engine }) => `You have no permission to use ${engine}, so nothing can be checked.`,
      next: () =>
        'Ask your administrator for access to its socket (on Linux, the group docker), then log in to this machine again.',
    },
    de: {
      message: ({ engine }) => `Sie dürfen ${engine} nicht verwenden, deshalb lässt sich nichts prüfen.`,
      next: () =>
        'Bitten Sie Ihren Administrator um Zugriff auf den Socket (unter Linux: die Gruppe docker), und melden Sie sich dann neu an diesem Rechner an.',
    },
  }),
  'probe-no-answer': row({
    example: {},
    en: {
      message: () => 'The container engine could not look up a test name.',
      next: () => 'Restart the container engine. If that does not help, restart this machine.',
    },
    de: {
      message: () => 'Die Container-Engine konnte keinen Testnamen abfragen.',
      next: () => 'Starten Sie die Container-Engine neu. Wenn das nicht hilft, starten Sie diesen Rechner neu.',
    },
  }),
  'filter-no-answer': row({
    example: {},
    en: {
      message: () => 'The filter did not answer a test name.',
      next: () => 'Run the checks again.',
    },
    de: {
      message: () => 'Der Filter hat auf einen Testnamen nicht geantwortet.',
      next: () => 'Führen Sie die Prüfung noch einmal aus.',
    },
  }),
};
