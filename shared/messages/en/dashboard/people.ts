import type { Access, Person } from '../../../schemas/hub/people.ts';

/** The dashboard's People view in English. */
export const peopleEn = {
  title: 'People',
  intro: (organization: string) => `Who belongs to ${organization}, and what they may do.`,
  readOnly: 'Only owners can change people and teams.',
  search: 'Search people',
  searchHint: 'Name, user name or email',
  allRoles: 'All roles',
  allTeams: 'All teams',
  filterRole: 'Role',
  filterTeam: 'Team',
  invite: 'Invite',
  columns: { person: 'Person', role: 'Role', teams: 'Teams', lastSignIn: 'Last sign-in' },
  noTeams: 'None',
  never: 'Never',
  you: 'You',
  state: { active: 'Active', invited: 'Invited', reset: 'Must set a new password' } satisfies Record<
    Person['state'],
    string
  >,
  linkUntil: (date: string) => `Link expires on ${date}`,
  linkExpired: (date: string) => `Link expired on ${date}`,
  edit: (name: string) => `Edit ${name}`,
  more: 'Show more',
  nobody: 'Nobody matches.',
  clear: 'Clear filters',
  alone: 'Invite somebody with the role Owner too, so that you are not the only one who can manage this organization.',
  form: {
    username: 'User name',
    usernameHint: 'What they sign in with: letters, digits, and . _ @ -',
    name: 'Name (optional)',
    email: 'Email (optional)',
    role: 'Role',
    teams: 'Teams',
    teamsEmpty: 'There are no teams yet.',
    save: 'Save',
    close: 'Done',
  },
  may: {
    member: 'Uses the allowed registries.',
    auditor: 'Also sees settings, activity and people.',
    'registry-manager': 'Also changes the allowed registries.',
    owner: 'Also manages people, teams and signing keys.',
  } satisfies Record<Access, string>,
  inviteTitle: (organization: string) => `Invite to ${organization}`,
  inviteSubmit: 'Create invitation',
  added: (username: string, organization: string) =>
    `${username} has an account already and now belongs to ${organization}. They sign in with the password they have.`,
  link: {
    invited: (username: string) => `${username} is invited`,
    reset: (username: string) => `Link for ${username}`,
    what: 'Send them this link over a channel you trust. They set their password there.',
    once: (date: string) => `It is shown only now, and works once, until ${date}.`,
    label: 'Link to set a password',
    copy: 'Copy link',
  },
  lastOwner:
    'The only owner who can sign in. To change the role, reset the password or remove this account, make somebody else an owner first.',
  fromProvider: (host: string) =>
    `People, roles and teams come from ${host} and are changed there. Changes apply here within 15 minutes.`,
  elsewhere: 'Also belongs to an organization that you do not own, so name, email and password cannot be changed here.',
  actions: 'Account',
  newLink: 'New link',
  resetPassword: 'Reset password',
  remove: 'Remove',
  resetTitle: (name: string) => `Reset the password of ${name}?`,
  resetText:
    'The password stops working at once, and every sign-in ends on all computers. You get a link for a new password.',
  resetSubmit: 'Reset password',
  removeTitle: (name: string, organization: string) => `Remove ${name} from ${organization}?`,
  removeText: (role: string, teams: readonly string[]) =>
    `They lose access at once, with the role ${role}${teams.length === 0 ? '' : ` and the teams ${teams.join(', ')}`}.`,
  removeMachines: 'On their managed computers, all pulls are blocked within 72 hours.',
  removeAccount:
    'If this is their only organization, the account is deleted, and the activity shows an ID in place of the user name.',
  removeSubmit: 'Remove',
  said: {
    saved: (username: string) => `Saved ${username}.`,
    removed: (username: string) => `Removed ${username}.`,
    deletedAs: (username: string, id: string) =>
      `Removed ${username}. The activity calls the account ${id} from now on.`,
    team: (team: string) => `Saved team ${team}.`,
    teamDeleted: (team: string) => `Deleted team ${team}.`,
  },
  teams: {
    title: 'Teams',
    empty: 'No teams yet. Teams group people, for example by department.',
    count: (people: number) => (people === 1 ? '1 person' : `${people} people`),
    add: 'Add team',
    name: 'Team name',
    renameShort: 'Rename',
    deleteShort: 'Delete',
    rename: (team: string) => `Rename ${team}`,
    renameTitle: (team: string) => `Rename team ${team}`,
    delete: (team: string) => `Delete ${team}`,
    deleteTitle: (team: string) => `Delete team ${team}?`,
    deleteText: (people: number) =>
      people === 0
        ? 'Nobody is in it.'
        : `${people === 1 ? '1 person is' : `${people} people are`} in it. They stay in the organization.`,
    deleteSubmit: 'Delete',
  },
  fresh: 'This needs a password entered in the last 15 minutes. What you have entered is kept.',
};
export type PeopleMessages = typeof peopleEn;
