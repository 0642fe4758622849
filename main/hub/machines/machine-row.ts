import { sql } from 'kysely';
import { z } from 'zod';
import { type Machine, type MachineDetails, UnsignedReport } from '../../../shared/schemas/hub/machines.ts';
import { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { type MachineFacts, type Measure, machineState, type Standing } from './state.ts';

/** As they stand in the database, from the worst to the best. */
export const STANDINGS: readonly Standing[] = ['unverified', 'not-enforcing', 'enforcing'];

/** Columns of a row, with those of the people it names. */
export const COLUMNS = sql`m.*, u.username, u.name, e.username AS enroller`;
export const JOINS = sql`machines m LEFT JOIN users u ON u.sub = m.sub LEFT JOIN users e ON e.sub = m.enrolled_by`;

const Time = z.number().nullable();

/** A machine as the database holds it. Times in milliseconds since 1970, by the hub's clock; `last_at` is 0 for never. */
export const MachineRow = z.object({
  number: z.number(),
  standing: z.number(),
  transient: z.number(),
  id: z.string(),
  last_at: z.number(),
  denied_since: Time,
  first_at: Time,
  probed_at: Time,
  not_enforcing_since: Time,
  machine: z.string().nullable(),
  iat: z.number().nullable(),
  generation: z.number().nullable(),
  sub: z.string().nullable(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  system: z.string().nullable(),
  agent_version: z.string().nullable(),
  claims: z.string().nullable(),
  caveats: z.string().nullable(),
  hosts_at: Time,
  enrolled_at: Time,
  enrolled_by: z.string().nullable(),
  enrolled_how: z.enum(['thumbprint', 'code']).nullable(),
  enroller: z.string().nullable(),
  cloned_at: Time,
  code_void: z.number(),
});
export type MachineRow = z.infer<typeof MachineRow>;

export function factsOf(row: MachineRow): MachineFacts {
  return {
    enrolledAt: row.enrolled_at,
    clonedAt: row.cloned_at,
    codeVoid: row.code_void === 1,
    lastAt: row.last_at === 0 ? null : row.last_at,
    probedAt: row.probed_at,
    deniedSince: row.denied_since,
    claims: claimsOf(row),
  };
}

export function describeMachine(row: MachineRow, measure: Measure): Machine {
  const { state, missing } = machineState(factsOf(row), measure);
  const claims = claimsOf(row);
  return {
    ...{ id: row.id, state, missing },
    lastReceipt: timeOf(row.last_at === 0 ? null : row.last_at),
    person: row.sub === null ? null : describePerson(row.sub, row.username, row.name),
    revision: claims?.revision ?? null,
    version: claims?.version ?? null,
    enrolled:
      row.enrolled_at === null
        ? null
        : {
            at: new Date(row.enrolled_at).toISOString(),
            by: row.enroller ?? removedPerson(row.enrolled_by ?? ''),
            how: row.enrolled_how ?? 'thumbprint',
          },
    cloned: row.cloned_at !== null,
    unsigned: row.system === null ? null : { system: row.system, agentVersion: row.agent_version ?? '' },
  };
}

/** @param people whose agents brought receipts */
export function describeDetails(row: MachineRow, measure: Measure, people: MachineDetails['people']): MachineDetails {
  const machine = describeMachine(row, measure);
  const caveats = UnsignedReport.shape.caveats.parse(JSON.parse(row.caveats ?? '[]'));
  return {
    ...machine,
    firstReceipt: timeOf(row.first_at),
    receipt: claimsOf(row),
    notEnforcingSince: machine.state === 'not-enforcing' ? timeOf(row.not_enforcing_since) : null,
    people,
    unsigned: machine.unsigned === null ? null : { ...machine.unsigned, caveats, reportsHosts: row.hosts_at !== null },
  };
}

/** No name is stored with a machine, so that with the account the name is gone. */
export function describePerson(sub: string, username: string | null, name: string | null) {
  return { sub, username: username ?? removedPerson(sub), ...(name === null ? {} : { name }) };
}

/** As the activity calls a person whose account was deleted. */
function removedPerson(sub: string): string {
  return `person#${sub.slice(0, 8)}`;
}

/** Claims of an earlier version of the hub that are none any more prove nothing. */
function claimsOf({ claims }: MachineRow): ReceiptClaims | null {
  return claims === null ? null : (ReceiptClaims.safeParse(JSON.parse(claims)).data ?? null);
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
