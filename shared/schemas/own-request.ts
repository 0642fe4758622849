import { z } from 'zod';
import { Problem } from '../problems/problem.ts';
import { Millis } from '../state/inputs.ts';
import { RequestState } from './hub/requests.ts';

/** `kept`: not at the hub yet, will be sent; `refused`: the hub did not take it. All others are the hub's. */
export const OwnRequestState = z.enum(['kept', 'refused', ...RequestState.options]);
export type OwnRequestState = z.infer<typeof OwnRequestState>;

/** A request of the user who is signed in, as this machine knows it. Times in milliseconds since 1970. */
export const OwnRequest = z.object({
  id: z.string(),
  host: z.string(),
  /** What was typed: `docker pull gcr.io/acme/app:1`. */
  subject: z.string().nullable(),
  reason: z.string().nullable(),
  at: Millis,
  state: OwnRequestState,
  decided: z
    .object({
      at: Millis,
      /** Allowed until then. */
      until: Millis.nullable(),
      /** Allowed for these teams only. */
      teams: z.array(z.string()).nullable(),
      /** What to use instead. */
      use: z.string().nullable(),
      /** Why it was declined. */
      reason: z.string().nullable(),
    })
    .nullable(),
  /** Why it is not at the hub. */
  problem: Problem.nullable(),
});
export type OwnRequest = z.infer<typeof OwnRequest>;

/** What the snapshot says of requests; the list itself is a query. */
export const RequestsView = z.object({
  /** Why none can be made now; null: they can. */
  unavailable: Problem.nullable(),
  /** Waiting for a decision, and waiting to be sent. */
  open: z.number().int(),
  kept: z.number().int(),
  /** Of `requests.list`: changes whenever that list does. */
  version: z.string(),
});
export type RequestsView = z.infer<typeof RequestsView>;
