import type { ActivityMessages } from '../../en/dashboard/activity.ts';

const number = (n: number): string => n.toLocaleString('de');

const actions: Readonly<Record<string, string>> = {
  'organization.created': 'hat die Organisation angelegt',
  'settings.changed': 'hat die zugelassenen Registries geändert',
  'settings.restored': 'hat eine frühere Revision wiederhergestellt',
  'settings.enforced': 'blockiert seit dem festgelegten Zeitpunkt',
  'policy.renewed': 'hat die Richtlinie erneuert',
  'key.announced': 'hat einen Signaturschlüssel angekündigt',
  'key.used': 'hat den Signaturschlüssel ersetzt',
  'person.invited': 'hat jemanden eingeladen',
  'person.added': 'hat jemanden hinzugefügt',
  'person.changed': 'hat jemanden geändert',
  'person.removed': 'hat jemanden entfernt',
  'person.password-reset': 'hat ein Passwort zurückgesetzt',
  'person.password-set': 'hat ein Passwort festgelegt',
  'team.created': 'hat ein Team angelegt',
  'team.renamed': 'hat ein Team umbenannt',
  'team.deleted': 'hat ein Team gelöscht',
  'signed-in': 'hat sich angemeldet',
  'token.created': 'hat ein Pipeline-Token erstellt',
  'token.deleted': 'hat ein Pipeline-Token gelöscht',
};

/** The view Activity in German. */
export const activityDe: ActivityMessages = {
  title: 'Aktivität',
  search: 'Suchen',
  kindLabel: 'Was',
  kind: {
    everything: 'Alles',
    added: 'Registries hinzugefügt',
    removed: 'Registries entfernt',
    renamed: 'Namen geändert',
    restrictions: 'Einschränkungen umgeschaltet',
    mode: 'Modus geändert',
    'enforce-from': 'Blockieren ab einem Datum',
    contact: 'Kontakt geändert',
    grants: 'Beschränkter Zugriff',
    hints: 'Vorschläge',
    'requests-switch': 'Zugriffsanfragen umgeschaltet',
    support: 'Support geändert',
    restored: 'Revisionen wiederhergestellt',
    people: 'Personen',
    teams: 'Teams',
    'sign-ins': 'Anmeldungen',
    keys: 'Signaturschlüssel',
    tokens: 'Pipeline-Tokens',
    renewals: 'Erneuerungen der Richtlinie',
  },
  person: 'Benutzername',
  from: 'Von',
  to: 'Bis',
  clear: 'Filter zurücksetzen',
  noMatch: 'Nichts entspricht diesen Filtern.',
  empty:
    'Hier ist noch nichts geschehen. Jede Änderung an der Liste, an Personen und an Schlüsseln erscheint hier, mit dem Namen dessen, der sie vorgenommen hat.',
  shown: (n, more) => `${number(n)} ${n === 1 ? 'Eintrag' : 'Einträge'}${more ? ', ältere folgen' : ''}`,
  older: 'Ältere anzeigen',
  exportAs: { csv: 'Als CSV exportieren', jsonl: 'Als JSON-Zeilen exportieren' },
  actor: (name) => (name === 'hub' ? 'Der Server' : name.startsWith('pipeline:') ? `Pipeline ${name.slice(9)}` : name),
  action: (action) => actions[action] ?? action,
  revision: (n) => `Revision ${number(n)}`,
  undo: 'Rückgängig machen',
  undoOne: (n) => `Revision ${number(n)} rückgängig machen`,
  undoHeadline: (n) => `Revision ${number(n)} rückgängig machen?`,
  later: (n) =>
    n === 1
      ? 'Eine spätere Revision wird mit zurückgenommen.'
      : `${number(n)} spätere Revisionen werden mit zurückgenommen.`,
};
