import { z } from 'zod';

/** hub.json, `machines`. */
export const MachinesConfig = z.strictObject({
  /** How often agents fetch the policy: `refreshMinutes` of the managed configuration. Two of them late is outdated. */
  syncMinutes: z.number().int().min(1).max(1440).default(60),
  /** A machine that has been silent for so many days is forgotten, with its enrolment. */
  forgetDays: z.number().int().min(8).max(3650).default(90),
  /** So many days it is kept which hosts a machine used and was blocked at. */
  usageDays: z.number().int().min(1).max(90).default(30),
});
export type MachinesConfig = z.infer<typeof MachinesConfig>;
