import { type Command, Option } from 'commander';
import { Access } from '../../shared/schemas/hub/people.ts';
import type { Where } from './as-owner.ts';
import type { PersonFilter, PersonOptions } from './change-people.ts';

type Asked<T = object> = Where & { json?: boolean } & T;

/** `portcullis hub people …` and `hub teams …`: who belongs to an organization, for its owners. */
export function addPeopleCommands(hub: Command): void {
  const people = hub.command('people').description('owner: the people of your organization and their roles');
  const teams = hub.command('teams').description('owner: the teams of your organization');
  const command = (group: Command, name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option('--hub <url>', 'URL of the hub (default: the one of the agent on this machine)')
      .option('--org <name>', 'organization (default: the one that this machine requires or is signed in to)')
      .option('--json', 'print the answer of the hub as JSON (docs/hub-api.md)');
  const role = (description: string): Option => new Option('--role <role>', description).choices(Access.options);

  command(people, 'list', 'show the people, by user name')
    .option('--search <text>', 'only those with this in user name, name or email')
    .addOption(role('only those with this role'))
    .option('--team <team>', 'only those in this team')
    .action(async ({ search, role, team, ...asked }: Asked<PersonFilter>) => {
      const { listPeople } = await import('./change-people.ts');
      await listPeople(asked, { search, role, team });
    });
  command(people, 'invite <username>', 'add a person, and print the link with which they set a password')
    .addOption(role('what they may do').default('member'))
    .option('--name <name>', 'their name')
    .option('--email <address>', 'their email address')
    .option('--team <teams...>', 'the teams they are in')
    .action(async (username: string, { role, name, email, team, ...asked }: Asked<PersonOptions>) => {
      const { invitePerson } = await import('./change-people.ts');
      await invitePerson(asked, username, { role, name, email, team });
    });
  command(people, 'change <username>', 'change what a person may do, their teams, name or email')
    .addOption(role('what they may do from now on'))
    .option('--name <name>', 'their name; "" for none')
    .option('--email <address>', 'their email address; "" for none')
    .option('--team <teams...>', 'the teams they are in from now on')
    .option('--no-team', 'in no team from now on')
    .action(async (username: string, { role, name, email, team, ...asked }: Asked<PersonOptions>, self: Command) => {
      if ([role, name, email, team].every((one) => one === undefined)) {
        self.error('error: nothing to change; use --role, --team, --no-team, --name or --email');
      }
      const { changePerson } = await import('./change-people.ts');
      await changePerson(asked, username, { role, name, email, team });
    });
  command(people, 'remove <username>', 'end the access of a person to your organization, at once').action(
    async (username: string, asked: Asked) => {
      const { removePerson } = await import('./change-people.ts');
      await removePerson(asked, username);
    },
  );
  command(people, 'reset <username>', 'void the password of a person, and print a link for a new one').action(
    async (username: string, asked: Asked) => {
      const { resetPerson } = await import('./change-people.ts');
      await resetPerson(asked, username);
    },
  );

  command(teams, 'list', 'show the teams, with how many people are in each').action(async (asked: Asked) => {
    const { listTeams } = await import('./change-teams.ts');
    await listTeams(asked);
  });
  command(teams, 'create <team>', 'create a team').action(async (team: string, asked: Asked) => {
    const { createTeam } = await import('./change-teams.ts');
    await createTeam(asked, team);
  });
  command(teams, 'rename <team> <name>', 'give a team another name').action(
    async (team: string, name: string, asked: Asked) => {
      const { renameTeam } = await import('./change-teams.ts');
      await renameTeam(asked, team, name);
    },
  );
  command(teams, 'delete <team>', 'delete a team; its people stay in the organization').action(
    async (team: string, asked: Asked) => {
      const { deleteTeam } = await import('./change-teams.ts');
      await deleteTeam(asked, team);
    },
  );
}
