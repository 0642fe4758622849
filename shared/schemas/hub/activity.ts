import { z } from 'zod';

/** `from` and `to` of the activity. */
const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** The kinds of change that the activity can be filtered by (`shared/schemas/hub/changes.ts`). */
export const FILTERED_CHANGES = [
  'added',
  'removed',
  'renamed',
  'restrictions',
  'mode',
  'enforce-from',
  'contact',
  // All changes of grants.
  'grant',
  'hint',
  'requests',
  'support',
  'restored',
] as const;

/** What is asked of `GET …/activity` and of its export; every part that is given has to fit. */
export const ActivityFilter = z.object({
  /** One of `ACTIVITIES`, or all that begin so where it ends in a dot: `key.` */
  action: z
    .string()
    .regex(/^[a-z-]+(?:\.[a-z-]*)?$/)
    .max(64)
    .optional(),
  change: z.enum(FILTERED_CHANGES).optional(),
  /** User name, exactly. */
  actor: z.string().min(1).max(255).optional(),
  /** Milliseconds since 1970; inclusive. */
  from: Time.optional(),
  /** Exclusive. */
  to: Time.optional(),
  /** In what was changed, whatever the case: an address, a nickname, a contact. */
  q: z.string().min(1).max(200).optional(),
});
export type ActivityFilter = z.infer<typeof ActivityFilter>;

/** One thing that somebody did: a row of `shared/activity/details.ts`, or of a newer hub's, and what is filled into its phrase. */
export const ActivityDetail = z.object({
  code: z.string().max(64),
  args: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string()).readonly()])),
});
export type ActivityDetail = z.infer<typeof ActivityDetail>;
