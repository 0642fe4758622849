import { z } from 'zod';

/** What a person may do in an organization, from the least to the most: each role includes those before it. */
export const Access = z.enum(['member', 'auditor', 'registry-manager', 'owner']);
export type Access = z.infer<typeof Access>;

/** Whether a person with this role may do what needs that role. */
export function mayAs(access: Access, needed: Access): boolean {
  return Access.options.indexOf(access) >= Access.options.indexOf(needed);
}
