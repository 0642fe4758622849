import type { SpokenLanguage } from '../messages/languages.ts';
import type { ProblemArgs } from '../problems/row.ts';
import type { ActivityDetail } from '../schemas/hub/activity.ts';
import { machineDetails } from './machines.ts';
import { peopleDetails } from './people.ts';
import { programDetails } from './programs.ts';
import { registryAccessDetails } from './registry-access.ts';

/** What can be said of what somebody did in an organization, beside the changes of its list (`shared/schemas/hub/changes.ts`). */
export const detailCatalogue = {
  ...registryAccessDetails,
  ...peopleDetails,
  ...machineDetails,
  ...programDetails,
};

export type DetailCode = keyof typeof detailCatalogue;
type ArgsOf<Code extends DetailCode> = (typeof detailCatalogue)[Code]['example'];
type Rest<Args> = keyof Args extends never ? [args?: Args] : [args: Args];

export function detail<Code extends DetailCode>(code: Code, ...[args = {}]: Rest<ArgsOf<Code>>): ActivityDetail {
  return { code, args };
}

/** @returns the phrase in a language; null where the detail comes from a version whose catalogue differs from ours */
export function detailIn(language: SpokenLanguage, { code, args }: ActivityDetail): string | null {
  if (!Object.hasOwn(detailCatalogue, code)) return null;
  const rows: Record<string, Record<SpokenLanguage, (args: never) => string> & { example: ProblemArgs }> =
    detailCatalogue;
  const row = rows[code];
  if (row === undefined) return null;
  const isOurs = Object.entries(row.example).every(
    ([name, value]) => typeof args[name] === typeof value && Array.isArray(args[name]) === Array.isArray(value),
  );
  return isOurs ? row[language](args as never) : null;
}
