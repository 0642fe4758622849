import { sql } from 'kysely';
import { z } from 'zod';
import { SHORT_ID_LENGTH } from '../../../shared/schemas/hub/machines.ts';
import type { Database, Row } from '../store/database.ts';
import { oneOf } from '../store/dialect.ts';
import type { Facts } from '../store/facts.ts';
import { SILENT_MS } from './state.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** So long a machine has not been enforcing before somebody is told. */
export const NOT_ENFORCING_MS = 10 * MINUTE_MS;
export const SILENT_ALERT_MS = 7 * DAY_MS;
/** What happens within this time after an alert comes with the next one. */
const BATCH_MS = 15 * MINUTE_MS;
const MAX_NAMED = 100;

/** One `machine.alert`: the machines of one organization that have come to need somebody since the last. */
export interface MachineAlert {
  notEnforcing: AlertedMachines;
  silent: AlertedMachines;
}

export interface AlertedMachines {
  count: number;
  /** The first 100. `since`: RFC 3339; `person` is not told, because what is sent cannot be taken back. */
  machines: { id: string; shortId: string; since: string }[];
}

/** Which machines somebody has to be told of. A machine is told of once, until it has recovered. */
export interface Alerts {
  /** Call it in a transaction. Those that are due; they count as told. undefined where there are none, or the last alert was just now. */
  take: (org: string) => Promise<MachineAlert | undefined>;
}

const DueRow = z.object({ number: z.number(), id: z.string(), since: z.number() });

/**
 * A machine that is asleep or whose engine is stopped raises none: a receipt says that it does not enforce, and what a wake or a restart looks like
 * for some minutes needs a second receipt ten minutes later that says the same.
 * @param now milliseconds since 1970
 */
export function createAlerts(database: Database, facts: Facts, now: () => number): Alerts {
  return {
    take: async (org) => {
      const at = now();
      const last = Number((await facts.get(`alerted ${org}`)) ?? 0);
      if (at - last < BATCH_MS && at >= last) return undefined;
      const free = await database.all(sql`
        SELECT number, id, not_enforcing_since AS since FROM machines
        WHERE org = ${org} AND standing = 1 AND last_at > ${at - SILENT_MS} AND alerted IS NULL
          AND not_enforcing_since <= ${at - NOT_ENFORCING_MS}
          AND (transient = 0 OR last_at - not_enforcing_since >= ${NOT_ENFORCING_MS})
        ORDER BY not_enforcing_since, number`);
      const due = at - SILENT_ALERT_MS;
      const silent = await database.all(sql`
        SELECT number, id, CASE WHEN last_at > enrolled_at THEN last_at ELSE enrolled_at END AS since FROM machines
        WHERE org = ${org} AND standing IN (1, 2) AND last_at <= ${due} AND enrolled_at <= ${due}
          AND coalesce(alerted, '') <> 'silent'
        ORDER BY since, number`);
      if (free.length + silent.length === 0) return undefined;
      await facts.set(`alerted ${org}`, String(at));
      return { notEnforcing: await told(free, 'not-enforcing'), silent: await told(silent, 'silent') };
    },
  };

  async function told(rows: readonly Row[], alerted: 'not-enforcing' | 'silent'): Promise<AlertedMachines> {
    const due = rows.map((row) => DueRow.parse(row));
    const numbers = oneOf(
      database.engine,
      due.map(({ number }) => number),
    );
    if (due.length > 0) await database.run(sql`UPDATE machines SET alerted = ${alerted} WHERE number IN ${numbers}`);
    return {
      count: due.length,
      machines: due.slice(0, MAX_NAMED).map(({ id, since }) => ({
        ...{ id, shortId: id.slice(0, SHORT_ID_LENGTH) },
        since: new Date(since).toISOString(),
      })),
    };
  }
}
