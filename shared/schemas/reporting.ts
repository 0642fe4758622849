import { z } from 'zod';
import { Problem } from '../problems/problem.ts';
import { Millis } from '../state/inputs.ts';
import { MachineState } from './hub/machines.ts';

/** What the agent sends to the hub; the administrator decides (docs/privacy.md). */
export const ReportingLevel = z.enum(['off', 'state', 'hosts']);
export type ReportingLevel = z.infer<typeof ReportingLevel>;

/** What the snapshot says of reports. */
export const ReportingView = z.object({
  level: ReportingLevel,
  /** What support asks for: the first characters of the thumbprint; null where the gateway has none. */
  shortId: z.string().nullable(),
  /** The last report that the hub took; null where there is none. */
  last: z
    .object({
      at: Millis,
      /** What the machine counts as there; null from a hub that names a state which is not known here. */
      state: MachineState.nullable().catch(null),
      /** What keeps it from counting as enforcing. */
      missing: z.array(Problem).max(8),
    })
    .nullable(),
  /** Why the last attempt failed; null after one that did not. */
  problem: Problem.nullable(),
});
export type ReportingView = z.infer<typeof ReportingView>;

/** The bytes of the last report, as they were sent. */
export const SentReport = z.object({
  at: Millis,
  /** `POST` to this address. */
  url: z.string(),
  body: z.string(),
});
export type SentReport = z.infer<typeof SentReport>;
