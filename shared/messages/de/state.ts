import type { StateMessages } from '../en/state.ts';

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('de')} ${n === 1 ? one : many}`;

/** The sentences that depend on the state, in German. */
export const stateDe: StateMessages = {
  product: 'Portcullis',
  more: (n) => `${n} weitere`,
  headline: {
    starting: () => 'Dieser Rechner wird geprüft',
    'not-enforcing': () => 'Einschränkungen sind NICHT in Kraft',
    locked: () => 'Alle Pulls werden abgelehnt',
    'sign-in-required': () => 'Zum Pullen bitte anmelden',
    unmanaged: () => 'Keine Einschränkungen',
    'engine-stopped': () => 'Es läuft keine Container-Engine',
    securing: (revision) =>
      revision === null ? 'Die Richtlinie wird angewendet' : `Revision ${revision} wird angewendet`,
    unproven: () => 'Nicht als wirksam nachgewiesen',
    'restrictions-off': () => 'Einschränkungen sind ausgeschaltet',
    auditing: () => 'Es wird nur aufgezeichnet',
    'enforcing-stale': (org, ago) =>
      ago === null
        ? `Von ${org} eingeschränkt, noch nicht abgeglichen`
        : `Von ${org} eingeschränkt, abgeglichen ${ago}`,
    enforcing: (org) => `Von ${org} eingeschränkt`,
  },
  noEngineAttached: 'Demo, ohne Engine',
  sentence: {
    starting: () => 'Die letzte Richtlinie bleibt in Kraft.',
    'not-enforcing': () => 'Die Engine hat einen Testnamen am Filter vorbei erreicht.',
    'sign-in-required': (organizations, file) =>
      `${organizations} verlangt auf diesem Rechner eine Anmeldung (festgelegt in ${file}).`,
    'wrong-organization': (organizations, user, has) =>
      `${user} gehört zu ${has || 'keiner Organisation'}; dieser Rechner braucht ein Mitglied von ${organizations}.`,
    'gateway-away': () => 'Der Filter antwortet nicht, deshalb kommt nichts durch.',
    unmanaged: () => 'Keine Organisation verwaltet diesen Rechner.',
    'engine-stopped': () => 'Die Richtlinie gilt, sobald eine startet.',
    securing: (previous) =>
      previous === null
        ? 'Bis das nachgewiesen ist, wird alles abgelehnt.'
        : `Bis das nachgewiesen ist, bleibt Revision ${previous} in Kraft.`,
    'restrictions-off': (org) => `${org} hat sie ausgeschaltet.`,
    auditing: (count) =>
      count === 1
        ? 'Heute wäre 1 Abfrage abgelehnt worden.'
        : `Heute wären ${count.toLocaleString('de')} Abfragen abgelehnt worden.`,
    'enforcing-stale': (date) => `In Kraft bis ${date}; danach wird alles abgelehnt.`,
    enforcing: (registries, ago) =>
      `${count(registries, 'Registry', 'Registries')} zugelassen. Nachgewiesen ${ago.replace(/\.$/, '')}.`,
  },
  lock: {
    'configuration-malformed': (what) => `Die Konfiguration ist fehlerhaft: ${what}`,
    'configuration-unreadable': (what) => `Die Konfiguration ist nicht verwendbar: ${what}`,
    'policy-expired': (org, date) => `Die Richtlinie von ${org} ist am ${date} abgelaufen.`,
    'policy-rejected': (what) => `Die Richtlinie wurde zurückgewiesen: ${what}`,
    'no-policy': (org) => `Seit der Anmeldung ist keine Richtlinie von ${org} eingetroffen.`,
    'gateway-failed': (what) => `Der Filter läuft nicht, deshalb kommt nichts durch: ${what}`,
  },
  lineOf: (file, line) => `${file}, Zeile ${line}`,
  renewal: {
    'being-fetched': () => 'Eine neuere wird gerade geholt.',
    'not-fetched': () => 'Eine neuere war nicht zu bekommen.',
    'none-newer': (org) => `Der Server von ${org} hat keine neuere.`,
    'not-tried': () => 'Nach einer neueren wurde noch nicht gefragt.',
  },
  action: {
    'run-checks': 'Prüfungen starten',
    'copy-for-administrator': 'Für die Administration kopieren',
    'sign-in': 'Anmelden',
    sync: 'Erneut versuchen',
    'check-image': 'Image prüfen',
  },
  signInAgain: 'Neu anmelden',
  reason: {
    'allowed-by-policy': (host, org) => `${host} steht auf der Liste von ${org}.`,
    'allowed-companion': (host, _org, registry) => `${host} gehört zu ${registry}, und das ist zugelassen.`,
    baseline: (host) => `${host} liegt auf diesem Rechner.`,
    'not-managed': () => 'Keine Organisation verwaltet diesen Rechner.',
    'break-glass': () => 'Zurzeit ist nichts eingeschränkt: Ihre Administration hat die Notöffnung ausgelöst.',
    'restrictions-off': (_host, org) => `${org} hat die Einschränkungen ausgeschaltet.`,
    'audit-only': (host, org) => `${host} steht nicht auf der Liste von ${org}; vorerst wird das nur aufgezeichnet.`,
    'not-in-policy': (host, org) => `${host} steht nicht auf der Liste zugelassener Registries von ${org}.`,
    'sign-in-required': (_host, org) => `Alles wird abgelehnt, bis sich ein Mitglied von ${org} anmeldet.`,
    'no-policy': (_host, org) => `Alles wird abgelehnt: Es gibt keine prüfbare Richtlinie von ${org}.`,
    'policy-expired': (_host, org) => `Alles wird abgelehnt: Die Richtlinie von ${org} ist abgelaufen.`,
    'policy-invalid': (_host, org) => `Alles wird abgelehnt: Die Richtlinie von ${org} hält der Prüfung nicht stand.`,
    'managed-config-invalid': () =>
      'Alles wird abgelehnt: Die Konfiguration Ihrer Administration ist nicht zu gebrauchen.',
  },
  remedy: {
    'not-in-policy': (host, org, whom) =>
      `Bitten Sie ${whom ?? `jemanden, dem ${org} gehört`}, ${host} auf die Liste zu setzen.`,
    'sign-in-required': (_host, org) => `Melden Sie sich als Mitglied von ${org} an.`,
    'no-policy': () => 'Gleichen Sie ab. Hilft das nicht, sagen Sie es Ihrer Administration.',
    'policy-expired': () => 'Gleichen Sie ab. Hilft das nicht, sagen Sie es Ihrer Administration.',
    'policy-invalid': () => 'Gleichen Sie ab. Hilft das nicht, sagen Sie es Ihrer Administration.',
    'managed-config-invalid': () => 'Sagen Sie es Ihrer Administration; das Fenster nennt Datei und Zeile.',
  },
};
