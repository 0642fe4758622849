import { z } from 'zod';
import { Team, TeamList } from '../../shared/schemas/hub/people.ts';
import { asOwner } from './as-owner.ts';
import type { Asked } from './change-people.ts';
import { printColumns, printJson, printLine } from './print.ts';

/** @throws ProblemError of `asOwner`, as all here. */
export async function listTeams({ json = false, ...where }: Asked): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(TeamList, 'teams');
      if (json) return printJson(value);
      printColumns(value.items.map(({ name, people }) => [name, people === 1 ? '1 person' : `${people} people`]));
    },
    json,
  );
}

export async function createTeam({ json = false, ...where }: Asked, name: string): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(Team, 'teams', { method: 'POST', body: { name } });
      if (json) return printJson(value);
      printLine(`${org} has a team ${name} now. Put people into it with: portcullis hub people change USERNAME --team`);
    },
    json,
  );
}

export async function renameTeam({ json = false, ...where }: Asked, team: string, name: string): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(Team, `teams/${encodeURIComponent(team)}`, { method: 'PATCH', body: { name } });
      if (json) return printJson(value);
      printLine(`Team ${team} is called ${name} now.`);
    },
    json,
  );
}

export async function deleteTeam({ json = false, ...where }: Asked, team: string): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      await ask(z.null(), `teams/${encodeURIComponent(team)}`, { method: 'DELETE' });
      if (json) return printJson({ deleted: team });
      printLine(`${org} has no team ${team} any more. Its people stay in the organization.`);
    },
    json,
  );
}
