import { z } from 'zod';

/** A limit of the enforcement on this machine, told before somebody finds it out. */
export const Caveat = z.object({
  code: z.string(),
  severity: z.enum(['info', 'warning']),
  title: z.string(),
  text: z.string(),
  /** Does it hold here, as far as could be found out? */
  applies: z.enum(['yes', 'no', 'unknown']),
  /** How that was found out: a command, a file, or "always". */
  foundBy: z.string(),
  next: z.string().nullable(),
});
export type Caveat = z.infer<typeof Caveat>;
