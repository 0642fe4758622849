import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';
import {
  type CodesToMake,
  type MachineDetails,
  type MachineNonce,
  type MachineReport,
  type MachinesEnrolled,
  type MachinesPage,
  type MachinesQuery,
  type MachinesSummary,
  type MadeCodes,
  type OpenCodes,
  type ReportAnswer,
  SHORT_ID_LENGTH,
} from '../../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import type { Facts } from '../store/facts.ts';
import { createGroupCommit } from '../store/group-commit.ts';
import { afterReceipt, NEVER_SEEN } from './after-receipt.ts';
import { createAlerts, type MachineAlert } from './alerts.ts';
import { createEnrolmentCodes, MAX_OPEN_CODES } from './enrolment.ts';
import { exportedMachines } from './export.ts';
import { createMachineList } from './machine-list.ts';
import { describeDetails, type MachineRow } from './machine-row.ts';
import { createMachineStore } from './machine-store.ts';
import type { MachinesConfig } from './machines-config.ts';
import { createNonces } from './nonces.ts';
import { type Measure, machineState } from './state.ts';
import { type BlockedHost, createUsage } from './usage.ts';
import { createUsageChange, type UsageDraft } from './usage-change.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Raise it when the rules of `state.ts` and `shortcomings.ts` change: what they led to is stored. */
const RULES = 1;
/** An unverified key that nobody has enrolled by then was somebody's trial. */
const UNVERIFIED_DAYS = 14;

/** Who acts for the organization. */
interface Actor {
  sub: string;
  username: string;
}

/** Machines that prove what they enforce. All throw HttpProblem. */
export interface Machines {
  /** Once at the start: what is stored follows the rules of this version. */
  ready: () => Promise<void>;
  nonce: (org: string, sub: string) => Promise<MachineNonce>;
  /** @param claims of a receipt whose signature is good */
  report: (
    org: string,
    sub: string,
    claims: ReceiptClaims,
    unsigned: MachineReport['unsigned'],
  ) => Promise<ReportAnswer>;
  page: (org: string, query: MachinesQuery) => Promise<MachinesPage>;
  summary: (org: string) => Promise<MachinesSummary>;
  /** @param id a thumbprint, or the 12 or more characters that it begins with */
  details: (org: string, id: string) => Promise<MachineDetails>;
  forget: (org: string, actor: Actor, id: string) => Promise<void>;
  csv: (org: string, query: MachinesQuery) => AsyncIterable<string>;
  enrol: (org: string, actor: Actor, thumbprints: readonly string[]) => Promise<MachinesEnrolled>;
  makeCodes: (org: string, actor: Actor, wanted: CodesToMake) => Promise<MadeCodes>;
  openCodes: (org: string) => Promise<OpenCodes>;
  revokeCodes: (org: string, actor: Actor) => Promise<void>;
  /** Hosts that machines were blocked at in `days` days, those of the most people first. */
  blocked: (org: string) => Promise<BlockedHost[]>;
  blockedHost: (org: string, host: string) => Promise<Omit<BlockedHost, 'host'> | null>;
  /** What a draft would change for those who reported hosts; null where nobody did. */
  usageDraft: (org: string) => Promise<UsageDraft | null>;
  days: number;
  /** Alerts that are due, and what is due to be forgotten. */
  tick: (organizations: readonly string[]) => Promise<void>;
  removeOld: (organizations: readonly string[]) => Promise<void>;
}

export function createMachines(deps: {
  database: Database;
  facts: Facts;
  access: Pick<RegistryAccess, 'revision' | 'switches' | 'newestAt'>;
  record: RecordActivity;
  /** Sends an alert to whoever is to be told, in the transaction that notes that they are. */
  alert: (org: string, alert: MachineAlert) => Promise<void>;
  config: MachinesConfig;
  issuer: string;
  random: (bytes: number) => Buffer;
  /** Milliseconds since 1970. */
  now: () => number;
}): Machines {
  const { database, facts, access, record, config, issuer, random, now } = deps;
  const store = createMachineStore(database, issuer);
  const list = createMachineList(database);
  const nonces = createNonces(database, facts, random, now);
  const codes = createEnrolmentCodes(database, random, now);
  const usage = createUsage(database);
  const alerts = createAlerts(database, facts, now);
  const commit = createGroupCommit(database);
  const graceMs = 2 * config.syncMinutes * MINUTE_MS;
  const usageSince = (): number => now() - config.usageDays * DAY_MS;

  return {
    ready: keepRules,
    nonce: nonces.give,
    report: (org, sub, claims, unsigned) => commit(() => report(org, sub, claims, unsigned)),
    page: async (org, query) => list.page(org, query, await measure(org)),
    summary: async (org) => ({
      ...(await list.summary(org, await measure(org))),
      reportHosts: await store.reportHosts(org, usageSince()),
      policy: { revision: await access.revision(org), ...(await access.switches(org)) },
    }),
    details: async (org, id) => {
      const row = await found(org, id);
      return describeDetails(row, await measure(org), await store.people(row, now() - 30 * DAY_MS));
    },
    forget: (org, { username }, text) =>
      database.transaction(async () => {
        const { id } = await found(org, text);
        await store.forget(org, id);
        await record(org, username, 'machine.forgotten', [detail('machine-forgotten', { machine: shortId(id) })]);
      }),
    csv: async function* (org, query) {
      yield* exportedMachines(list, org, query, await measure(org));
    },
    enrol: (org, { sub, username }, thumbprints) =>
      database.transaction(async () => {
        const wanted = [...new Set(thumbprints)];
        const added: string[] = [];
        for (const id of wanted) {
          if (await store.enrol(org, id, { sub, how: 'thumbprint', at: now() })) added.push(id);
        }
        if (added.length > 0) await record(org, username, 'machine.enrolled', [enrolled(added)]);
        return { enrolled: added.length, known: wanted.length - added.length };
      }),
    makeCodes: (org, { sub, username }, wanted) =>
      database.transaction(async () => {
        const made = await codes.make(org, wanted, sub);
        if (made === 'too-many') {
          throw new HttpProblem(409, problem('codes-too-many', { most: MAX_OPEN_CODES }), { organization: org });
        }
        const { count } = wanted;
        await record(org, username, 'machine.codes-created', [detail('codes-made', { count, until: made.expiresAt })]);
        return made;
      }),
    openCodes: codes.open,
    revokeCodes: (org, { username }) =>
      database.transaction(async () => {
        const count = await codes.revoke(org);
        if (count === 0) return;
        await record(org, username, 'machine.codes-revoked', [detail('codes-revoked', { count })]);
      }),
    blocked: (org) => usage.blocked(org, usageSince()),
    blockedHost: (org, host) => usage.blockedHost(org, host, usageSince()),
    usageDraft: async (org) => {
      const since = usageSince();
      const machines = await store.reportHosts(org, since);
      return createUsageChange(usage, org, { days: config.usageDays, since, machines });
    },
    days: config.usageDays,
    tick: async (organizations) => {
      for (const org of organizations) await database.transaction(() => sendAlert(org));
    },
    removeOld: async (organizations) => {
      await nonces.removeOld();
      await codes.removeOld();
      await usage.removeBefore(usageSince());
      for (const org of organizations) await database.transaction(() => forgetSilent(org));
    },
  };

  async function report(
    org: string,
    sub: string,
    claims: ReceiptClaims,
    unsigned: MachineReport['unsigned'],
  ): Promise<ReportAnswer> {
    if (!(await nonces.use(claims.nonce, org, sub))) {
      throw new HttpProblem(422, problem('receipt-nonce-used'), { organization: org });
    }
    const id = claims.iss;
    const row = await store.find(org, id);
    const before = row === undefined ? NEVER_SEEN : store.kept(row);
    const maker = before.facts.enrolledAt === null ? await codes.redeem(claims) : undefined;
    const shown = before.facts.enrolledAt === null && claims.enrolment !== undefined;
    const enrolment = shown ? (maker === undefined ? 'void' : 'enrolled') : undefined;
    const kept = afterReceipt(before, claims, { issuer, now: now(), enrolment });
    const machine = await store.saveReport(org, id, { kept, sub, unsigned });
    if (maker !== undefined) {
      await store.enrol(org, id, { sub: maker, how: 'code', at: now() });
      await record(org, 'hub', 'machine.enrolled', [detail('enrolled-by-code', { machine: shortId(id) })]);
    }
    if (before.facts.clonedAt === null && kept.facts.clonedAt !== null) {
      await record(org, 'hub', 'machine.cloned', [detail('machine-cloned', { machine: shortId(id) })]);
    }
    if (unsigned.hosts !== undefined) await usage.save({ org, machine, sub, now: now() }, unsigned.hosts);
    return { id, ...machineState(kept.facts, await measure(org)), next: await nonces.give(org, sub) };
  }

  async function measure(org: string): Promise<Measure> {
    const at = now();
    const [current, due] = [await access.revision(org), await access.newestAt(org, at - graceMs)];
    return { issuer, now: at, graceMs, current, due };
  }

  /** @throws HttpProblem 404, 409 */
  async function found(org: string, text: string): Promise<MachineRow> {
    const starting = text.length >= SHORT_ID_LENGTH ? await store.startingWith(org, text) : [];
    if (starting.length > 1) throw new HttpProblem(409, problem('machine-ambiguous'), { organization: org });
    const row = starting[0] === undefined ? undefined : await store.find(org, starting[0]);
    if (row !== undefined) return row;
    throw new HttpProblem(404, problem('machine-unknown', { organization: org }), { organization: org });
  }

  async function sendAlert(org: string): Promise<void> {
    const alert = await alerts.take(org);
    if (alert === undefined) return;
    const { notEnforcing, silent } = alert;
    await record(org, 'hub', 'machine.alert', [
      ...(notEnforcing.count === 0 ? [] : [detail('alert-not-enforcing', named(notEnforcing))]),
      ...(silent.count === 0 ? [] : [detail('alert-silent', named(silent))]),
    ]);
    await deps.alert(org, alert);
  }

  async function forgetSilent(org: string): Promise<void> {
    const since = { enrolled: now() - config.forgetDays * DAY_MS, unverified: now() - UNVERIFIED_DAYS * DAY_MS };
    const count = await store.forgetSilent(org, since);
    if (count === 0) return;
    await record(org, 'hub', 'machine.forgotten', [detail('silent-forgotten', { count })]);
  }

  /** What is stored of a state was found by the rules of then, and for the address of then. */
  async function keepRules(): Promise<void> {
    const rules = `${RULES} ${issuer}`;
    await database.transaction(async () => {
      if ((await facts.get('machine-rules')) === rules) return;
      await store.restate(now());
      await facts.set('machine-rules', rules);
    });
  }
}

function enrolled(ids: readonly string[]): ActivityDetail {
  if (ids.length > 5) return detail('many-enrolled', { count: ids.length });
  return detail('machines-enrolled', { machines: ids.map(shortId) });
}

function named({ count, machines }: MachineAlert['silent']): { machines: string[]; more: number } {
  const shown = machines.slice(0, 10).map((machine) => machine.shortId);
  return { machines: shown, more: count - shown.length };
}

function shortId(id: string): string {
  return id.slice(0, SHORT_ID_LENGTH);
}
