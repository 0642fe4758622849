import type { ImportFormat } from '../../../import/read-import.ts';
import type { GrantTerms, SettingsChange } from '../../../schemas/hub/changes.ts';
import { zonedTime } from '../../zoned-time.ts';

const number = (n: number): string => n.toLocaleString('en');
const count = (n: number, one: string, many: string): string => `${number(n)} ${n === 1 ? one : many}`;
const time = (text: string): string => new Date(text).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
/** `until Fri, Dec 4, 2026, 6:00 PM GMT+1, for team platform` */
const terms = ({ until, teams = [] }: GrantTerms): string =>
  [
    ...(until === undefined ? [] : [`until ${zonedTime('en', until)}`]),
    ...(teams.length === 0 ? [] : [`for ${teams.length === 1 ? 'team' : 'teams'} ${teams.join(', ')}`]),
  ].join(', ');
const named = (address: string, nickname?: string | null): string => (nickname ? `${address} (${nickname})` : address);

/** The view Registry Access in English. */
export const registryAccessEn = {
  title: 'Registry Access',
  restrictions: 'Restrictions',
  on: 'On',
  off: 'Off',
  hint: {
    enforce: 'Only the registries on the list can be used. Everything else is blocked.',
    audit: 'Nothing is blocked. What would have been blocked is recorded on each machine.',
    off: 'Nothing is blocked, and nothing is recorded.',
  },
  mode: 'Mode',
  enforce: 'Block',
  audit: 'Audit only',
  enforceFrom: 'Block from',
  enforceFromHint: 'Optional. Until then nothing is blocked, and people are told when it begins.',
  contact: 'Contact for requests',
  help: {
    label: 'When a registry is blocked',
    summary: ({ requests, support, hints }: { requests: boolean; support: string; hints: number }) =>
      [
        requests ? 'People can request access' : 'No access requests',
        ...(support === '' ? [] : [`support: ${support}`]),
        ...(hints === 0 ? [] : [count(hints, 'suggestion', 'suggestions')]),
      ].join(', '),
  },
  requests: 'Access requests',
  requestsHint: 'People whose pull is blocked can ask for access, with a reason. You decide under Requests.',
  supportText: 'Support',
  supportTextHint: 'One line, shown when a registry is blocked: who helps, and how.',
  supportUrl: 'Support page',
  supportUrlHint: 'Optional. An https link that the panel offers beside it.',
  hints: {
    label: 'Suggestions',
    hint: 'What to use instead of a registry that is blocked, such as your mirror.',
    edit: (n: number) => (n === 0 ? 'Add suggestions…' : `Edit ${count(n, 'suggestion', 'suggestions')}…`),
    show: (n: number) => `Show ${count(n, 'suggestion', 'suggestions')}`,
    text: 'Where one of these registries is blocked, people are told what to use instead. This allows nothing.',
    none: 'There are no suggestions yet.',
    address: 'Blocked registry',
    use: 'Use instead',
    instead: (address: string) => `Use instead of ${address}`,
    needed: 'Enter what to use instead.',
    add: 'Add',
    removed: 'No suggestion',
    removeOne: (address: string) => `Remove the suggestion for ${address}`,
  },
  contactHint: 'Shown when a registry is blocked: an email address, a channel or a URL.',
  readOnly: 'You can look at these settings. Registry managers and owners can change them.',

  list: 'Allowed registries',
  count: (n: number) => count(n, 'registry', 'registries'),
  found: (n: number, of: number) => `${number(n)} of ${count(of, 'registry', 'registries')}`,
  search: 'Search by nickname or address',
  noMatch: (query: string) => `No registry matches "${query}".`,
  empty: {
    headline: 'No registry is allowed yet',
    text: 'Add the registries that your people pull from. What they need besides, such as storage and sign-in hosts, comes with them where Portcullis knows the registry.',
    enforced: 'As long as the list is empty, every pull is blocked.',
    start: 'Begin with one that many use:',
  },
  export: 'Export',
  exportCsv: 'CSV file',
  exportJson: 'JSON file',
  sortBy: 'Sort by',
  sorts: { name: 'Nickname', address: 'Address', added: 'Added' },
  ascending: 'ascending',
  descending: 'descending',
  companions: (n: number) => `+${count(n, 'host', 'hosts')}`,
  addedBy: (who: string | null, when: string) => (who === null ? `added ${when}` : `added ${when} by ${who}`),
  edits: { add: 'added', remove: 'will be removed', rename: 'renamed', change: 'changed' },
  remove: 'Remove',
  removeOne: (address: string) => `Remove ${address}`,
  undo: 'Undo',
  undoOne: (address: string) => `Undo the change to ${address}`,
  comesWith: 'Also allowed with it',
  nothingWith: 'Nothing else is allowed with it.',

  add: 'Add registry',
  address: 'Registry address',
  addressHint: 'As in an image name: ghcr.io, *.example.com or registry.example.com:5000',
  nickname: 'Registry nickname',
  nicknameHint: 'Optional. What people know it by.',
  create: 'Create',
  addMany: 'Add several…',
  suggestions: 'Known registries',
  fillIn: 'Replace the parts in angle brackets with your own.',
  allows: (address: string) => `Allows ${address}.`,
  allowsBelow: (host: string) => `Allows every host below ${host}, but not ${host} itself.`,
  takeInstead: (address: string) => `Use ${address}`,
  listed: 'This registry is on the list already.',
  coveredBy: (line: string) => `Already allowed by ${line}. You can add it to give it a nickname.`,
  covers: (n: number) => `Makes ${count(n, 'line', 'lines')} of the list redundant. They stay until you remove them.`,
  optIn: 'Not allowed by itself. Add it as a line of its own if your pulls need it:',
  addHost: (host: string) => `Add ${host}`,
  createdStatus: (address: string) => `${address} was added to your changes. Save & Apply puts it into effect.`,

  limit: {
    allow: 'Allow',
    always: 'Always',
    limited: 'With a limit',
    until: 'Until',
    untilHint: (zone: string) => `It is blocked again after that. Time zone: ${zone}.`,
    quick: { day: '1 day', week: '1 week', month: '30 days' },
    setTo: (span: string) => `Until ${span} from now`,
    teams: 'For teams',
    teamsHint: 'If you choose none, it applies to everybody.',
    noTeams: 'There are no teams yet. Owners create them under People.',
    needed: 'Choose a time, a team, or both.',
    past: 'This time has passed.',
    untilTime: (at: string) => `until ${at}`,
    over: (at: string) => `expired ${at}`,
    forTeams: (teams: readonly string[]) => `for ${teams.length === 1 ? 'team' : 'teams'} ${teams.join(', ')}`,
    terms,
    removeOne: (address: string, limits: string) => `Remove ${address} ${limits}`,
  },

  many: {
    headline: 'Add several registries',
    paste: 'Addresses, or the content of a file',
    hint: 'One address a line, or CSV or JSON. Lists of Docker, Rancher Desktop and Podman are recognized.',
    file: 'Or choose a file',
    source: {
      docker: 'Registry Access list of Docker',
      'docker-admin-settings': 'admin-settings.json of Docker Desktop',
      'rancher-desktop': 'Allowed images of Rancher Desktop',
      'containers-policy': 'policy.json of Podman and others',
      json: 'JSON',
      csv: 'CSV',
      lines: 'Addresses',
    } satisfies Record<ImportFormat, string>,
    found: (n: number, known: number) =>
      `${count(n, 'new registry', 'new registries')}${known > 0 ? `, ${number(known)} already on the list` : ''}.`,
    line: (n: string) => `line ${n}`,
    wider: 'wider than the source',
    rejected: (n: number) => `${count(n, 'line is', 'lines are')} not an address and will not be added:`,
    add: (n: number) => (n === 0 ? 'Add' : `Add ${number(n)}`),
  },

  changes: 'Changes that are not saved',
  summary: ({
    added,
    removed,
    renamed,
    changed,
    hints,
    switches,
  }: {
    added: number;
    removed: number;
    renamed: number;
    changed: number;
    hints: number;
    switches: number;
  }) =>
    [
      added > 0 ? `${number(added)} added` : '',
      removed > 0 ? `${number(removed)} removed` : '',
      renamed > 0 ? `${number(renamed)} renamed` : '',
      changed > 0 ? `${number(changed)} changed` : '',
      hints > 0 ? count(hints, 'suggestion changed', 'suggestions changed') : '',
      switches > 0 ? count(switches, 'setting changed', 'settings changed') : '',
    ]
      .filter((part) => part !== '')
      .join(', '),
  showChanges: 'Show changes',
  hideChanges: 'Hide changes',
  discard: 'Discard',
  preview: 'Preview',
  save: 'Save & Apply',
  saving: 'Saving…',
  saved: (revision: number) =>
    `Saved as revision ${number(revision)}. It takes effect within seconds on machines that are online.`,
  enterPassword: 'Enter your password again',
  discardAsk: { headline: 'Discard your changes?', confirm: 'Discard' },
  warnings: {
    'docker-hub':
      'Without Docker Hub, images without a registry in their name (ubuntu, node:22) can no longer be pulled, nor most base images of builds.',
    'nothing-allowed': 'Nothing is allowed any more: every pull is blocked.',
    'switched-off': 'Nothing is blocked any more, on any machine of the organization.',
    'only-audit': 'Nothing is blocked any more; it is only recorded.',
  },

  conflict: {
    headline: (who: string | null, revision: number) =>
      `${who ?? 'Somebody else'} saved revision ${number(revision)} while you were editing`,
    text: 'Nothing is lost. Decide how to go on, then save.',
    theirs: (who: string | null) => (who === null ? 'Their changes' : `Changes by ${who}`),
    yours: 'Your changes',
    unknown: 'The list that you began with is no longer kept, so what they changed cannot be shown.',
    none: 'No changes.',
    clashes: 'Changed by both',
    keepMine: 'Yours',
    keepTheirs: 'Theirs',
    merge: 'Keep both',
    take: 'Discard mine',
    removed: 'removed',
    noNickname: 'no nickname',
    value: (value: string | boolean) =>
      value === true ? 'on' : value === false ? 'off' : value === '' ? 'none' : value,
  },

  clashing: {
    enabled: 'Restrictions',
    mode: 'Mode',
    contact: 'Contact',
    enforceFrom: 'Block from',
    requests: 'Access requests',
    supportText: 'Support',
    supportUrl: 'Support page',
  },

  previewed: {
    headline: 'What your changes do',
    blocked: (n: number) => `${count(n, 'host', 'hosts')} no longer allowed`,
    allowed: (n: number) => `${count(n, 'host', 'hosts')} newly allowed`,
    granted: (n: number) => `${count(n, 'host', 'hosts')} newly allowed with a limit`,
    revoked: (n: number) => `${count(n, 'host', 'hosts')} no longer allowed with a limit`,
    more: (n: number) => `and ${number(n)} more`,
    same: 'The same hosts are allowed as before.',
    newlyBlocked: (hosts: number, people: number, machines: number) =>
      `Newly blocked: ${count(hosts, 'host', 'hosts')}, used by ${count(people, 'person', 'people')} on ${count(machines, 'machine', 'machines')}`,
    newlyAllowed: (hosts: number, people: number, machines: number) =>
      `Newly allowed: ${count(hosts, 'host', 'hosts')} at which ${count(people, 'person was', 'people were')} blocked on ${count(machines, 'machine', 'machines')}`,
    users: (people: number, machines: number) =>
      `${count(people, 'person', 'people')}, ${count(machines, 'machine', 'machines')}`,
    measured: (days: number, machines: number) =>
      `By what ${count(machines, 'machine', 'machines')} reported in ${days} days. Machines that do not report hosts are not counted.`,
    nobodyNotices: 'No host that was used or blocked there is affected.',
    usage: 'No usage data: machines do not report what they pull to this server, so nobody can say whom this affects.',
    close: 'Close',
  },
  history: {
    open: 'History',
    headline: 'History',
    text: 'Restoring saves an earlier list as a new revision.',
    revision: (revision: number) => `Revision ${number(revision)}`,
    current: 'current',
    by: (who: string | null) => who ?? 'unknown',
    restore: 'Restore',
    restoreOne: (revision: number) => `Restore revision ${number(revision)}`,
    gone: 'no longer kept',
    ask: (revision: number) => `Restore revision ${number(revision)}?`,
    returns: (n: number) => `${count(n, 'registry comes back', 'registries come back')}:`,
    goes: (n: number) => `${count(n, 'registry is removed', 'registries are removed')}:`,
    switches: 'The settings change too:',
    same: 'It is the same as the current list.',
    unsaved: 'Save or discard your changes first.',
    older: 'Show older',
  },
  change: (change: SettingsChange): string => {
    switch (change.kind) {
      case 'restored':
        return `Restored revision ${number(change.revision)}`;
      case 'restrictions':
        return change.on ? 'Restrictions on' : 'Restrictions off';
      case 'mode':
        return change.to === 'audit' ? 'Mode: audit only' : 'Mode: block';
      case 'enforce-from':
        return change.to === null ? 'Start date for blocking removed' : `Blocks from ${time(change.to)}`;
      case 'contact':
        return change.to === null ? 'Contact removed' : `Contact: ${change.to}`;
      case 'added':
        return `Added ${named(change.address, change.nickname)}`;
      case 'removed':
        return `Removed ${named(change.address, change.nickname)}`;
      case 'renamed':
        return change.to === null
          ? `Nickname of ${named(change.address, change.from)} removed`
          : `Renamed ${named(change.address, change.from)} to ${change.to}`;
      case 'reordered':
        return 'Order changed';
      case 'grant-added':
        return `Added ${named(change.address, change.nickname)}, ${terms(change)}`;
      case 'grant-removed':
        return `Removed ${named(change.address, change.nickname)}, ${terms(change)}`;
      case 'grant-over':
        return `Removed ${named(change.address, change.nickname)}, which has expired (${terms(change)})`;
      case 'grant-changed': {
        const [from, to] = [terms(change.from), terms(change.to)];
        return from === to
          ? `Renamed ${named(change.address, change.from.nickname)} to ${change.to.nickname ?? change.address}`
          : `${named(change.address, change.to.nickname)}: ${to} instead of ${from}`;
      }
      case 'hint':
        return change.to === null
          ? `No suggestion instead of ${change.address} any more`
          : `Suggests ${change.to} instead of ${change.address}`;
      case 'requests':
        return change.on ? 'Access requests on' : 'Access requests off';
      case 'support': {
        const told = [change.to?.text, change.to?.url].filter((part) => part !== undefined);
        return told.length === 0 ? 'Support removed' : `Support: ${told.join(', ')}`;
      }
      case 'more':
        return `and ${number(change.added + change.removed + change.renamed + (change.others ?? 0))} more`;
    }
  },
};
export type RegistryAccessMessages = typeof registryAccessEn;
