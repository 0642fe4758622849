import { timeFormat } from '../messages/format.ts';
import { row } from './row.ts';

/** In UTC, which is the same for all who read the sentence. */
function exactTime(locale: string, at: number): string {
  return `${timeFormat(locale, 'UTC').exact(at)} UTC`;
}

export const agentProblems = {
  // The gateway, and what it was told.
  'gateway-away': row({
    example: {},
    en: {
      message: () => 'The filter is not responding.',
      next: () =>
        'It restarts automatically; until then, all pulls fail. If it stays away, contact your administrator.',
    },
    de: {
      message: () => 'Der Filter antwortet nicht.',
      next: () =>
        'Er wird automatisch neu gestartet; bis dahin schlagen alle Pulls fehl. Wenn er nicht wiederkommt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'gateway-refused': row({
    example: {},
    en: {
      message: () => 'The filter did not accept the change.',
      next: () => 'Portcullis tries again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Filter hat die Änderung nicht angenommen.',
      next: () =>
        'Portcullis versucht es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'gateway-denies': row({
    example: {},
    en: {
      message: () => 'The filter blocks all pulls although there is a policy.',
      next: () => 'Run the checks. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Filter blockiert alle Pulls, obwohl es eine Richtlinie gibt.',
      next: () => 'Führen Sie die Prüfung aus. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'break-glass': row({
    example: { until: Date.UTC(2026, 10, 21, 14), reason: 'the policy server is down' },
    en: {
      message: ({ until, reason }) =>
        `Your administrator has lifted all restrictions until ${exactTime('en', until)}: ${reason}.`,
      next: () => 'Nothing to do. Restrictions return automatically.',
    },
    de: {
      message: ({ until, reason }) =>
        `Ihr Administrator hat alle Einschränkungen bis ${exactTime('de', until)} aufgehoben: ${reason}.`,
      next: () => 'Sie müssen nichts tun. Die Einschränkungen kehren automatisch zurück.',
    },
  }),
  'break-glass-unread': row({
    example: {},
    en: {
      message: () => 'Your administrator has lifted all restrictions for a limited time.',
      next: () => 'Nothing to do. Restrictions return automatically.',
    },
    de: {
      message: () => 'Ihr Administrator hat alle Einschränkungen für begrenzte Zeit aufgehoben.',
      next: () => 'Sie müssen nichts tun. Die Einschränkungen kehren automatisch zurück.',
    },
  }),

  // What a probe showed.
  'engine-not-attached': row({
    example: {},
    en: {
      message: () => 'The container engine bypasses the filter.',
      next: () => 'Tell your administrator that restrictions do not apply on this machine.',
    },
    de: {
      message: () => 'Die Container-Engine umgeht den Filter.',
      next: () => 'Teilen Sie Ihrem Administrator mit, dass die Einschränkungen auf diesem Rechner nicht gelten.',
    },
  }),
  'probe-passed': row({
    example: {},
    en: {
      message: () => 'The container engine reached a test name that must always be blocked.',
      next: () => 'Tell your administrator that restrictions do not apply on this machine.',
    },
    de: {
      message: () => 'Die Container-Engine hat einen Testnamen erreicht, der immer blockiert sein muss.',
      next: () => 'Teilen Sie Ihrem Administrator mit, dass die Einschränkungen auf diesem Rechner nicht gelten.',
    },
  }),
  'probe-not-seen': row({
    example: {},
    en: {
      message: () => 'Something other than the filter answered the container engine’s request for a test name.',
      next: () => 'Tell your administrator that the engine does not use the filter.',
    },
    de: {
      message: () =>
        'Nicht der Filter, sondern etwas anderes hat die Anfrage der Container-Engine nach einem Testnamen beantwortet.',
      next: () => 'Teilen Sie Ihrem Administrator mit, dass die Engine den Filter nicht verwendet.',
    },
  }),
  'probe-not-by-dns': row({
    example: {},
    en: {
      message: () => 'The test name did not pass through the DNS filter.',
      next: () => 'Portcullis checks again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Testname hat den DNS-Filter nicht durchlaufen.',
      next: () =>
        'Portcullis prüft es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'probe-not-by-proxy': row({
    example: {},
    en: {
      message: () => 'The test name did not pass through the registry proxy.',
      next: () => 'Portcullis checks again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Testname hat den Registry-Proxy nicht durchlaufen.',
      next: () =>
        'Portcullis prüft es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'probe-overtaken': row({
    example: {},
    en: {
      message: () => 'The rules changed during the check.',
      next: () => 'Portcullis checks again automatically.',
    },
    de: {
      message: () => 'Die Regeln haben sich während der Prüfung geändert.',
      next: () => 'Portcullis prüft sie automatisch noch einmal.',
    },
  }),

  // Preferences.
  'preference-locked': row({
    example: { setting: 'theme' },
    en: {
      message: ({ setting }) => `The setting "${setting}" is managed by your administrator.`,
      next: () => 'Ask your administrator to change it.',
    },
    de: {
      message: ({ setting }) => `Die Einstellung "${setting}" wird von Ihrem Administrator verwaltet.`,
      next: () => 'Bitten Sie Ihren Administrator, sie zu ändern.',
    },
  }),
  'preference-unavailable': row({
    example: {},
    en: { message: () => 'This setting needs the tray app, which is not running here.' },
    de: { message: () => 'Diese Einstellung benötigt die Tray-App, die hier nicht läuft.' },
  }),
};
