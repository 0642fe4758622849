import { z } from 'zod';

/** What the hub answers to the operator who asks for a code for the first owner. */
export const FirstOwnerCode = z.object({
  code: z.string(),
  /** Where it is entered. */
  url: z.string(),
  organization: z.string(),
  /** RFC 3339. */
  until: z.string(),
});
export type FirstOwnerCode = z.infer<typeof FirstOwnerCode>;
