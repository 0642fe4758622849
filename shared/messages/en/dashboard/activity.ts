const number = (n: number): string => n.toLocaleString('en');

/** What people did, by the action's name at the hub. */
const actions: Readonly<Record<string, string>> = {
  'organization.created': 'created the organization',
  'settings.changed': 'changed the allowed registries',
  'settings.restored': 'restored an earlier revision',
  'settings.enforced': 'started blocking, on the date that was set',
  'policy.renewed': 'renewed the policy',
  'key.announced': 'announced a signing key',
  'key.used': 'replaced the signing key',
  'person.invited': 'invited somebody',
  'person.added': 'added somebody',
  'person.changed': 'changed somebody',
  'person.removed': 'removed somebody',
  'person.password-reset': 'reset a password',
  'person.password-set': 'set a password',
  'team.created': 'created a team',
  'team.renamed': 'renamed a team',
  'team.deleted': 'deleted a team',
  'signed-in': 'signed in',
  'token.created': 'created a pipeline token',
  'token.deleted': 'deleted a pipeline token',
};

/** The view Activity in English. */
export const activityEn = {
  title: 'Activity',
  search: 'Search',
  kindLabel: 'What',
  kind: {
    everything: 'Everything',
    added: 'Registries added',
    removed: 'Registries removed',
    renamed: 'Nicknames changed',
    restrictions: 'Restrictions switched',
    mode: 'Mode changed',
    'enforce-from': 'Blocking from a date',
    contact: 'Contact changed',
    grants: 'Limited access',
    hints: 'Suggestions',
    'requests-switch': 'Access requests switched',
    support: 'Support changed',
    restored: 'Revisions restored',
    people: 'People',
    teams: 'Teams',
    'sign-ins': 'Sign-ins',
    keys: 'Signing keys',
    tokens: 'Pipeline tokens',
    renewals: 'Policy renewals',
  },
  person: 'User name',
  from: 'From',
  to: 'To',
  clear: 'Clear filters',
  noMatch: 'Nothing matches these filters.',
  empty:
    'Nothing has happened here yet. Every change of the list, of people and of keys appears here, with who made it.',
  shown: (n: number, more: boolean) =>
    `${number(n)} ${n === 1 ? 'entry' : 'entries'} shown${more ? ', older ones follow' : ''}`,
  older: 'Show older',
  exportAs: { csv: 'Export CSV', jsonl: 'Export JSON lines' },
  actor: (name: string): string =>
    name === 'hub' ? 'The server' : name.startsWith('pipeline:') ? `Pipeline ${name.slice(9)}` : name,
  action: (action: string): string => actions[action] ?? action,
  revision: (n: number) => `Revision ${number(n)}`,
  undo: 'Undo',
  undoOne: (n: number) => `Undo revision ${number(n)}`,
  undoHeadline: (n: number) => `Undo revision ${number(n)}?`,
  later: (n: number) =>
    n === 1 ? 'One later revision is taken back too.' : `${number(n)} later revisions are taken back too.`,
};
export type ActivityMessages = typeof activityEn;
