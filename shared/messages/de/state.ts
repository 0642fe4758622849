import type { StateMessages } from '../en/state.ts';

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('de')} ${n === 1 ? one : many}`;

/** The sentences that depend on the state, in German. */
export const stateDe: StateMessages = {
  product: 'Portcullis',
  more: (n) => `${n} weitere`,
  headline: {
    starting: () => 'Dieser Rechner wird geprüft',
    'not-enforcing': () => 'Einschränkungen sind NICHT in Kraft',
    locked: () => 'Alle Pulls sind blockiert',
    'sign-in-required': () => 'Anmelden, um Images zu pullen',
    unmanaged: () => 'Keine Einschränkungen',
    'engine-stopped': () => 'Keine Container-Engine aktiv',
    securing: (revision) =>
      revision === null ? 'Die Richtlinie wird angewendet' : `Revision ${revision} wird angewendet`,
    unproven: () => 'Nicht als wirksam nachgewiesen',
    'restrictions-off': () => 'Einschränkungen sind ausgeschaltet',
    auditing: () => 'Nur Protokollierung, nichts wird blockiert',
    'enforcing-stale': (org, ago) =>
      ago === null
        ? `Eingeschränkt durch ${org}, noch nicht abgeglichen`
        : `Eingeschränkt durch ${org}, zuletzt abgeglichen ${ago}`,
    enforcing: (org) => `Eingeschränkt durch ${org}`,
  },
  noEngineAttached: 'Demo, keine Engine angebunden',
  sentence: {
    starting: () => 'Die letzte Richtlinie bleibt in Kraft.',
    'not-enforcing': () => 'Die Engine hat einen Testnamen am Filter vorbei erreicht.',
    'sign-in-required': (organizations) => `${organizations} verlangt auf diesem Rechner eine Anmeldung.`,
    'wrong-organization': (organizations, user, has) =>
      `${user} gehört zu ${has || 'keiner Organisation'}, dieser Rechner verlangt aber ${organizations}.`,
    'gateway-away': () => 'Der Filter antwortet nicht, deshalb sind alle Pulls blockiert.',
    unmanaged: () => 'Keine Organisation verwaltet diesen Rechner.',
    'engine-stopped': () => 'Die Richtlinie gilt, sobald eine Engine startet.',
    securing: (previous) =>
      previous === null ? 'Bis dahin sind alle Pulls blockiert.' : `Bis dahin bleibt Revision ${previous} in Kraft.`,
    'restrictions-off': (org) => `${org} hat die Einschränkungen ausgeschaltet.`,
    auditing: (requests, start) => {
      const recorded = `Heute ${requests === 1 ? 'wäre' : 'wären'} ${count(requests, 'Anfrage', 'Anfragen')} blockiert worden.`;
      return start === null ? recorded : `Blockiert wird ab ${start}. ${recorded}`;
    },
    'enforcing-stale': (date) => `In Kraft bis ${date}. Danach sind alle Pulls blockiert.`,
    enforcing: (registries, ago) =>
      `${count(registries, 'Registry', 'Registries')} zugelassen. Nachgewiesen ${ago.replace(/\.$/, '')}.`,
  },
  lock: {
    'configuration-malformed': (what) => `Die Konfiguration ist fehlerhaft: ${what}`,
    'configuration-unreadable': (what) => `Die Konfiguration ist nicht verwendbar: ${what}`,
    'policy-expired': (org, date) => `Die Richtlinie von ${org} ist am ${date} abgelaufen.`,
    'policy-rejected': (what) => `Die Richtlinie wurde zurückgewiesen: ${what}`,
    'no-policy-key': (organizations) =>
      `Auf diesem Rechner ist kein Richtlinienschlüssel für ${organizations} hinterlegt.`,
    'no-membership': (org) => `Es liegt kein gültiger Nachweis Ihrer Mitgliedschaft in ${org} vor.`,
    'no-policy': (org) => `Seit Ihrer Anmeldung ist keine Richtlinie von ${org} eingetroffen.`,
    'wrong-organization': (what) =>
      `${what} Sie bleiben angemeldet: Sobald Ihr Administrator das berichtigt, sind Pulls wieder möglich.`,
    'gateway-failed': (what) => `Der Filter läuft nicht, deshalb sind alle Pulls blockiert: ${what}`,
  },
  lineOf: (file, line) => `${file}, Zeile ${line}`,
  renewal: {
    'being-fetched': () => 'Eine neuere Richtlinie wird gerade abgerufen.',
    'not-fetched': () => 'Eine neuere Richtlinie konnte nicht abgerufen werden.',
    'none-newer': (org) => `Der Server von ${org} hat keine neuere Richtlinie.`,
    'not-tried': () => 'Portcullis hat noch nicht nach einer neueren Richtlinie gesucht.',
  },
  action: {
    'run-checks': 'Prüfungen starten',
    'copy-for-administrator': 'Für den Administrator kopieren',
    'sign-in': 'Anmelden',
    sync: 'Erneut versuchen',
    'check-image': 'Image prüfen',
  },
  signInAgain: 'Erneut anmelden',
  reason: {
    'allowed-by-policy': (host, org, registry) =>
      registry === host ? `${host} ist von ${org} zugelassen.` : `${host} ist von ${org} zugelassen, mit ${registry}.`,
    'allowed-companion': (host, _org, registry) => `${host} ist zugelassen, weil es zu ${registry} gehört.`,
    'allowed-by-grant': (host, org, registry) =>
      registry === host ? `${host} ist von ${org} zugelassen.` : `${host} ist von ${org} zugelassen, mit ${registry}.`,
    baseline: (host) => `${host} ist lokal und immer zugelassen.`,
    'not-managed': () => 'Keine Organisation verwaltet diesen Rechner.',
    'break-glass': () => 'Ihr Administrator hat alle Einschränkungen vorübergehend aufgehoben.',
    'restrictions-off': (_host, org) => `${org} hat die Einschränkungen ausgeschaltet.`,
    'audit-only': (host, org) =>
      `${host} ist von ${org} nicht zugelassen. Zurzeit wird das nur protokolliert, nicht blockiert.`,
    'not-in-policy': (host, org) => `${host} ist durch ${org} blockiert.`,
    'sign-in-required': (_host, org) => `Alle Pulls sind blockiert, bis sich ein Mitglied von ${org} anmeldet.`,
    'wrong-organization': (_host, org) => `Alle Pulls sind blockiert, weil Ihr Konto nicht zu ${org} gehört.`,
    'no-policy-key': (_host, org) =>
      `Alle Pulls sind blockiert, weil auf diesem Rechner kein Richtlinienschlüssel für ${org} hinterlegt ist.`,
    'policy-pending': (_host, org) => `Alle Pulls sind blockiert, bis die Richtlinie von ${org} abgerufen ist.`,
    'no-policy': (_host, org) => `Alle Pulls sind blockiert, weil keine Richtlinie von ${org} eingetroffen ist.`,
    'policy-expired': (_host, org) => `Alle Pulls sind blockiert, weil die Richtlinie von ${org} abgelaufen ist.`,
    'policy-invalid': (_host, org) =>
      `Alle Pulls sind blockiert, weil sich die Richtlinie von ${org} nicht verifizieren ließ.`,
    'no-membership': (_host, org) =>
      `Alle Pulls sind blockiert, weil kein gültiger Nachweis Ihrer Mitgliedschaft in ${org} vorliegt.`,
    'managed-config-invalid': () =>
      'Alle Pulls sind blockiert, weil die Konfiguration Ihres Administrators nicht verwendbar ist.',
    'leads-back': (host) => `${host} ist blockiert: Der Name führt auf den Rechner des Gateways zurück.`,
  },
  granted: (host, org, registry, condition) =>
    registry === host
      ? `${host} ist von ${org} ${condition} zugelassen.`
      : `${host} ist von ${org} ${condition} zugelassen, mit ${registry}.`,
  condition: {
    forTeams: (teams, count) => (count === 1 ? `für das Team ${teams}` : `für die Teams ${teams}`),
    until: (time) => `bis ${time}`,
  },
  instead: (use) => `Verwenden Sie stattdessen ${use}.`,
  anothersProof: (sub) =>
    `Nach Ihnen hat sich eine andere Person (${sub}) auf diesem Rechner angemeldet. Teamzugriffe richten sich nach deren Anmeldung. Melden Sie sich erneut an, damit Ihre gilt.`,
  pastReason: {
    'not-in-policy': (org) => `Von ${org} nicht zugelassen.`,
    'audit-only': (org) => `Von ${org} nicht zugelassen. Nur protokolliert, nicht blockiert.`,
    'sign-in-required': (org) => `Kein Mitglied von ${org} war angemeldet.`,
    'wrong-organization': (org) => `Das angemeldete Konto gehörte nicht zu ${org}.`,
    'no-policy-key': (org) => `Auf diesem Rechner war kein Richtlinienschlüssel für ${org} hinterlegt.`,
    'policy-pending': (org) => `Die Richtlinie von ${org} war noch nicht abgerufen.`,
    'no-policy': (org) => `Es war keine Richtlinie von ${org} eingetroffen.`,
    'policy-expired': (org) => `Die Richtlinie von ${org} war abgelaufen.`,
    'policy-invalid': (org) => `Die Richtlinie von ${org} ließ sich nicht verifizieren.`,
    'no-membership': (org) => `Es lag kein gültiger Nachweis der Mitgliedschaft in ${org} vor.`,
    'managed-config-invalid': () => 'Die Konfiguration Ihres Administrators war nicht verwendbar.',
  },
  remedy: {
    'not-in-policy': (host, org, whom) =>
      `Um Zugriff auf ${host} anzufordern, wenden Sie sich an ${whom ?? `einen Inhaber von ${org}`}.`,
    'sign-in-required': (_host, org) => `Melden Sie sich als Mitglied von ${org} an.`,
    'wrong-organization': () => 'Fragen Sie Ihren Administrator, ob die Organisation stimmt. Sie bleiben angemeldet.',
    'no-policy-key': () => 'Bitten Sie Ihren Administrator, „policyKeys“ in die portcullis.json einzutragen.',
    'policy-pending': () => 'Versuchen Sie es gleich noch einmal.',
    'no-policy': () => 'Gleichen Sie ab. Hilft das nicht, wenden Sie sich an Ihren Administrator.',
    'policy-expired': () => 'Gleichen Sie ab. Hilft das nicht, wenden Sie sich an Ihren Administrator.',
    'policy-invalid': () => 'Gleichen Sie ab. Hilft das nicht, wenden Sie sich an Ihren Administrator.',
    'no-membership': () => 'Gleichen Sie ab. Hilft das nicht, wenden Sie sich an Ihren Administrator.',
    'managed-config-invalid': () =>
      'Bitten Sie Ihren Administrator, die Datei an der Stelle zu berichtigen, die in der Übersicht steht.',
    'leads-back': () =>
      'Verwenden Sie „localhost“ mit dem Port, das Engines ohne den Proxy erreichen. Lassen Sie eine Registry unter einer anderen Adresse dieses Rechners mit dieser Adresse in die Liste aufnehmen.',
  },
};
