import type { GrantTerms } from '../../../schemas/hub/changes.ts';
import type { RegistryAccessMessages } from '../../en/dashboard/registry-access.ts';
import { zonedTime } from '../../zoned-time.ts';

const number = (n: number): string => n.toLocaleString('de');
const count = (n: number, one: string, many: string): string => `${number(n)} ${n === 1 ? one : many}`;
const time = (text: string): string => new Date(text).toLocaleString('de', { dateStyle: 'medium', timeStyle: 'short' });
/** `bis Fr., 4. Dez. 2026, 18:00 MEZ, für das Team platform` */
const terms = ({ until, teams = [] }: GrantTerms): string =>
  [
    ...(until === undefined ? [] : [`bis ${zonedTime('de', until)}`]),
    ...(teams.length === 0 ? [] : [`${teams.length === 1 ? 'für das Team' : 'für die Teams'} ${teams.join(', ')}`]),
  ].join(', ');
const named = (address: string, nickname?: string | null): string => (nickname ? `${address} (${nickname})` : address);

/** The view Registry Access in German. */
export const registryAccessDe: RegistryAccessMessages = {
  title: 'Registry-Zugriff',
  restrictions: 'Einschränkungen',
  on: 'Ein',
  off: 'Aus',
  hint: {
    enforce: 'Nur die Registries der Liste können verwendet werden. Alles andere wird blockiert.',
    audit: 'Nichts wird blockiert. Was blockiert worden wäre, wird auf jedem Rechner aufgezeichnet.',
    off: 'Nichts wird blockiert, und nichts wird aufgezeichnet.',
  },
  mode: 'Modus',
  enforce: 'Blockieren',
  audit: 'Nur protokollieren',
  enforceFrom: 'Blockieren ab',
  enforceFromHint: 'Optional. Bis dahin wird nichts blockiert, und alle sehen, wann es beginnt.',
  contact: 'Kontakt für Anfragen',
  help: {
    label: 'Wenn eine Registry blockiert ist',
    summary: ({ requests, support, hints }) =>
      [
        requests ? 'Zugriff kann angefragt werden' : 'Keine Zugriffsanfragen',
        ...(support === '' ? [] : [`Support: ${support}`]),
        ...(hints === 0 ? [] : [count(hints, 'Vorschlag', 'Vorschläge')]),
      ].join(', '),
  },
  requests: 'Zugriffsanfragen',
  requestsHint:
    'Wer eine blockierte Registry braucht, kann mit Begründung um Zugriff bitten. Sie entscheiden unter „Anfragen“.',
  supportText: 'Support',
  supportTextHint: 'Eine Zeile, die erscheint, wenn eine Registry blockiert ist: wer hilft, und wie.',
  supportUrl: 'Support-Seite',
  supportUrlHint: 'Optional. Ein https-Link, den das Panel dazu anbietet.',
  hints: {
    label: 'Vorschläge',
    hint: 'Was statt einer blockierten Registry zu verwenden ist, etwa Ihr Spiegel.',
    edit: (n) => (n === 0 ? 'Vorschläge hinzufügen …' : `${count(n, 'Vorschlag', 'Vorschläge')} bearbeiten …`),
    show: (n) => `${count(n, 'Vorschlag', 'Vorschläge')} anzeigen`,
    text: 'Wo eine dieser Registries blockiert ist, wird angezeigt, was stattdessen zu verwenden ist. Zugelassen wird damit nichts.',
    none: 'Es gibt noch keine Vorschläge.',
    address: 'Blockierte Registry',
    use: 'Stattdessen verwenden',
    instead: (address) => `Statt ${address} verwenden`,
    needed: 'Geben Sie an, was stattdessen zu verwenden ist.',
    add: 'Hinzufügen',
    removed: 'Kein Vorschlag',
    removeOne: (address) => `Vorschlag für ${address} entfernen`,
  },
  contactHint: 'Wird angezeigt, wenn eine Registry blockiert ist: eine E-Mail-Adresse, ein Kanal oder eine URL.',
  readOnly: 'Sie können diese Einstellungen ansehen. Ändern können sie Registry-Verwalter und Eigentümer.',

  list: 'Zugelassene Registries',
  count: (n) => count(n, 'Registry', 'Registries'),
  found: (n, of) => `${number(n)} von ${count(of, 'Registry', 'Registries')}`,
  search: 'Nach Name oder Adresse suchen',
  noMatch: (query) => `Keine Registry passt zu „${query}“.`,
  empty: {
    headline: 'Noch ist keine Registry zugelassen',
    text: 'Fügen Sie die Registries hinzu, aus denen Ihre Leute Images laden. Was diese außerdem brauchen, etwa Hosts für Speicher und Anmeldung, kommt bei bekannten Registries von selbst mit.',
    enforced: 'Solange die Liste leer ist, wird jeder Pull blockiert.',
    start: 'Beginnen Sie mit einer, die viele verwenden:',
  },
  export: 'Exportieren',
  exportCsv: 'CSV-Datei',
  exportJson: 'JSON-Datei',
  sortBy: 'Sortieren nach',
  sorts: { name: 'Name', address: 'Adresse', added: 'Hinzugefügt' },
  ascending: 'aufsteigend',
  descending: 'absteigend',
  companions: (n) => `+${count(n, 'Host', 'Hosts')}`,
  addedBy: (who, when) => (who === null ? `hinzugefügt ${when}` : `hinzugefügt ${when} von ${who}`),
  edits: { add: 'hinzugefügt', remove: 'wird entfernt', rename: 'umbenannt', change: 'geändert' },
  remove: 'Entfernen',
  removeOne: (address) => `${address} entfernen`,
  undo: 'Rückgängig',
  undoOne: (address) => `Änderung an ${address} rückgängig machen`,
  comesWith: 'Wird mit zugelassen',
  nothingWith: 'Sonst wird nichts mit zugelassen.',

  add: 'Registry hinzufügen',
  address: 'Adresse der Registry',
  addressHint: 'Wie im Namen eines Images: ghcr.io, *.example.com oder registry.example.com:5000',
  nickname: 'Name der Registry',
  nicknameHint: 'Optional. Wie man sie bei Ihnen nennt.',
  create: 'Hinzufügen',
  addMany: 'Mehrere hinzufügen …',
  suggestions: 'Bekannte Registries',
  fillIn: 'Ersetzen Sie die Teile in spitzen Klammern durch Ihre eigenen.',
  allows: (address) => `Lässt ${address} zu.`,
  allowsBelow: (host) => `Lässt jeden Host unterhalb von ${host} zu, aber nicht ${host} selbst.`,
  takeInstead: (address) => `${address} verwenden`,
  listed: 'Diese Registry steht bereits auf der Liste.',
  coveredBy: (line) => `Durch ${line} bereits zugelassen. Sie können sie hinzufügen, um ihr einen Namen zu geben.`,
  covers: (n) => `Macht ${count(n, 'Zeile', 'Zeilen')} der Liste überflüssig. Sie bleiben, bis Sie sie entfernen.`,
  optIn: 'Nicht von selbst zugelassen. Fügen Sie ihn als eigene Zeile hinzu, wenn Ihre Pulls ihn brauchen:',
  addHost: (host) => `${host} hinzufügen`,
  createdStatus: (address) => `${address} steht jetzt bei Ihren Änderungen. „Speichern & anwenden“ setzt sie in Kraft.`,

  limit: {
    allow: 'Zulassen',
    always: 'Immer',
    limited: 'Mit Beschränkung',
    until: 'Bis',
    untilHint: (zone) => `Danach ist sie wieder blockiert. Zeitzone: ${zone}.`,
    quick: { day: '1 Tag', week: '1 Woche', month: '30 Tage' },
    setTo: (span) => `Ab jetzt ${span} lang`,
    teams: 'Für Teams',
    teamsHint: 'Wenn Sie keines auswählen, gilt es für alle.',
    noTeams: 'Es gibt noch keine Teams. Eigentümer legen sie unter „Personen“ an.',
    needed: 'Wählen Sie eine Zeit, ein Team oder beides.',
    past: 'Diese Zeit ist schon vorbei.',
    untilTime: (at) => `bis ${at}`,
    over: (at) => `abgelaufen ${at}`,
    forTeams: (teams) => `${teams.length === 1 ? 'für das Team' : 'für die Teams'} ${teams.join(', ')}`,
    terms,
    removeOne: (address, limits) => `${address} ${limits} entfernen`,
  },

  many: {
    headline: 'Mehrere Registries hinzufügen',
    paste: 'Adressen oder der Inhalt einer Datei',
    hint: 'Eine Adresse je Zeile, oder CSV oder JSON. Listen von Docker, Rancher Desktop und Podman werden erkannt.',
    file: 'Oder wählen Sie eine Datei',
    source: {
      docker: 'Registry-Access-Liste von Docker',
      'docker-admin-settings': 'admin-settings.json von Docker Desktop',
      'rancher-desktop': 'Zugelassene Images von Rancher Desktop',
      'containers-policy': 'policy.json von Podman und anderen',
      json: 'JSON',
      csv: 'CSV',
      lines: 'Adressen',
    },
    found: (n, known) =>
      `${count(n, 'neue Registry', 'neue Registries')}${known > 0 ? `, ${number(known)} bereits auf der Liste` : ''}.`,
    line: (n) => `Zeile ${n}`,
    wider: 'weiter als die Quelle',
    rejected: (n) => `${count(n, 'Zeile ist', 'Zeilen sind')} keine Adresse und wird nicht hinzugefügt:`,
    add: (n) => (n === 0 ? 'Hinzufügen' : `${number(n)} hinzufügen`),
  },

  changes: 'Nicht gespeicherte Änderungen',
  summary: ({ added, removed, renamed, changed, hints, switches }) =>
    [
      added > 0 ? `${number(added)} hinzugefügt` : '',
      removed > 0 ? `${number(removed)} entfernt` : '',
      renamed > 0 ? `${number(renamed)} umbenannt` : '',
      changed > 0 ? `${number(changed)} geändert` : '',
      hints > 0 ? count(hints, 'Vorschlag geändert', 'Vorschläge geändert') : '',
      switches > 0 ? count(switches, 'Einstellung geändert', 'Einstellungen geändert') : '',
    ]
      .filter((part) => part !== '')
      .join(', '),
  showChanges: 'Änderungen anzeigen',
  hideChanges: 'Änderungen ausblenden',
  discard: 'Verwerfen',
  preview: 'Vorschau',
  save: 'Speichern & anwenden',
  saving: 'Wird gespeichert …',
  saved: (revision) =>
    `Als Revision ${number(revision)} gespeichert. Auf Rechnern, die online sind, gilt sie in wenigen Sekunden.`,
  enterPassword: 'Passwort erneut eingeben',
  discardAsk: { headline: 'Ihre Änderungen verwerfen?', confirm: 'Verwerfen' },
  warnings: {
    'docker-hub':
      'Ohne Docker Hub lassen sich Images ohne Registry im Namen (ubuntu, node:22) nicht mehr laden, ebenso die meisten Basis-Images von Builds.',
    'nothing-allowed': 'Nichts ist mehr zugelassen: Jeder Pull wird blockiert.',
    'switched-off': 'Auf keinem Rechner der Organisation wird noch etwas blockiert.',
    'only-audit': 'Nichts wird mehr blockiert, sondern nur noch aufgezeichnet.',
  },

  conflict: {
    headline: (who, revision) =>
      `${who ?? 'Jemand anderes'} hat Revision ${number(revision)} gespeichert, während Sie bearbeitet haben`,
    text: 'Nichts geht verloren. Entscheiden Sie, wie es weitergeht, und speichern Sie dann.',
    theirs: (who) => (who === null ? 'Fremde Änderungen' : `Änderungen von ${who}`),
    yours: 'Ihre Änderungen',
    unknown:
      'Die Liste, mit der Sie begonnen haben, ist nicht mehr vorhanden. Was andere geändert haben, lässt sich deshalb nicht anzeigen.',
    none: 'Keine Änderungen.',
    clashes: 'Von beiden geändert',
    keepMine: 'Ihre',
    keepTheirs: 'Fremde',
    merge: 'Beide behalten',
    take: 'Meine verwerfen',
    removed: 'entfernt',
    noNickname: 'kein Name',
    value: (value) => (value === true ? 'ein' : value === false ? 'aus' : value === '' ? 'keiner' : value),
  },

  clashing: {
    enabled: 'Einschränkungen',
    mode: 'Modus',
    contact: 'Kontakt',
    enforceFrom: 'Blockieren ab',
    requests: 'Zugriffsanfragen',
    supportText: 'Support',
    supportUrl: 'Support-Seite',
  },

  previewed: {
    headline: 'Was Ihre Änderungen bewirken',
    blocked: (n) => `${count(n, 'Host', 'Hosts')} nicht mehr zugelassen`,
    allowed: (n) => `${count(n, 'Host', 'Hosts')} neu zugelassen`,
    granted: (n) => `${count(n, 'Host', 'Hosts')} neu zugelassen, mit Beschränkung`,
    revoked: (n) => `${count(n, 'Host', 'Hosts')} nicht mehr zugelassen, bisher mit Beschränkung`,
    more: (n) => `und ${number(n)} weitere`,
    same: 'Zugelassen sind dieselben Hosts wie zuvor.',
    newlyBlocked: (hosts, people, machines) =>
      `Neu blockiert: ${count(hosts, 'Host', 'Hosts')}, genutzt von ${count(people, 'Person', 'Personen')} auf ${count(machines, 'Rechner', 'Rechnern')}`,
    newlyAllowed: (hosts, people, machines) =>
      `Neu zugelassen: ${count(hosts, 'Host', 'Hosts')}, bei ${count(people, 'Person', 'Personen')} auf ${count(machines, 'Rechner', 'Rechnern')} blockiert`,
    users: (people, machines) => `${count(people, 'Person', 'Personen')}, ${count(machines, 'Rechner', 'Rechner')}`,
    measured: (days, machines) =>
      `Nach dem, was ${count(machines, 'Rechner', 'Rechner')} in ${days} Tagen gemeldet ${machines === 1 ? 'hat' : 'haben'}. Rechner, die keine Hosts melden, zählen nicht mit.`,
    nobodyNotices: 'Für das, was dort genutzt oder blockiert wurde, ändert sich nichts.',
    usage:
      'Keine Nutzungsdaten: Rechner melden diesem Server nicht, was sie laden. Wen das betrifft, lässt sich deshalb nicht sagen.',
    close: 'Schließen',
  },
  history: {
    open: 'Verlauf',
    headline: 'Verlauf',
    text: 'Beim Wiederherstellen wird eine frühere Liste als neue Revision gespeichert.',
    revision: (revision) => `Revision ${number(revision)}`,
    current: 'aktuell',
    by: (who) => who ?? 'unbekannt',
    restore: 'Wiederherstellen',
    restoreOne: (revision) => `Revision ${number(revision)} wiederherstellen`,
    gone: 'nicht mehr vorhanden',
    ask: (revision) => `Revision ${number(revision)} wiederherstellen?`,
    returns: (n) => `${count(n, 'Registry kommt zurück', 'Registries kommen zurück')}:`,
    goes: (n) => `${count(n, 'Registry wird entfernt', 'Registries werden entfernt')}:`,
    switches: 'Auch die Einstellungen ändern sich:',
    same: 'Sie ist gleich der aktuellen Liste.',
    unsaved: 'Speichern oder verwerfen Sie zuerst Ihre Änderungen.',
    older: 'Ältere anzeigen',
  },
  change: (change): string => {
    switch (change.kind) {
      case 'restored':
        return `Revision ${number(change.revision)} wiederhergestellt`;
      case 'restrictions':
        return change.on ? 'Einschränkungen ein' : 'Einschränkungen aus';
      case 'mode':
        return change.to === 'audit' ? 'Modus: nur protokollieren' : 'Modus: blockieren';
      case 'enforce-from':
        return change.to === null ? 'Blockiert nicht mehr ab einem Datum' : `Blockiert ab ${time(change.to)}`;
      case 'contact':
        return change.to === null ? 'Kontakt entfernt' : `Kontakt: ${change.to}`;
      case 'added':
        return `${named(change.address, change.nickname)} hinzugefügt`;
      case 'removed':
        return `${named(change.address, change.nickname)} entfernt`;
      case 'renamed':
        return change.to === null
          ? `Name von ${named(change.address, change.from)} entfernt`
          : `${named(change.address, change.from)} in ${change.to} umbenannt`;
      case 'reordered':
        return 'Reihenfolge geändert';
      case 'grant-added':
        return `${named(change.address, change.nickname)} hinzugefügt, ${terms(change)}`;
      case 'grant-removed':
        return `${named(change.address, change.nickname)} entfernt, ${terms(change)}`;
      case 'grant-over':
        return `${named(change.address, change.nickname)} entfernt, weil abgelaufen (${terms(change)})`;
      case 'grant-changed': {
        const [from, to] = [terms(change.from), terms(change.to)];
        return from === to
          ? `${named(change.address, change.from.nickname)} in ${change.to.nickname ?? change.address} umbenannt`
          : `${named(change.address, change.to.nickname)}: ${to} statt ${from}`;
      }
      case 'hint':
        return change.to === null
          ? `Kein Vorschlag mehr statt ${change.address}`
          : `Schlägt ${change.to} statt ${change.address} vor`;
      case 'requests':
        return change.on ? 'Zugriffsanfragen ein' : 'Zugriffsanfragen aus';
      case 'support': {
        const told = [change.to?.text, change.to?.url].filter((part) => part !== undefined);
        return told.length === 0 ? 'Support entfernt' : `Support: ${told.join(', ')}`;
      }
      case 'more':
        return `und ${number(change.added + change.removed + change.renamed + (change.others ?? 0))} weitere`;
    }
  },
};
