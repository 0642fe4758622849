import { z } from 'zod';

/** The demo's walk-through, which the panel shows: commands to copy, one line each, for the users that it names. */
export const Tour = z.object({
  member: z.string(),
  owner: z.string(),
  /** Pulls, or asks for, an image of a registry that is allowed; the same of one that is blocked. */
  allowed: z.string(),
  blocked: z.string(),
  /** The owner's command that allows the blocked one. */
  allow: z.string(),
});
export type Tour = z.infer<typeof Tour>;
