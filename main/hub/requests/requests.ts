import { parseAddress } from '../../../shared/hosts/address.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import {
  type AccessRequest,
  type BlockedHosts,
  type BlockedUse,
  DECIDED_DAYS,
  type DecideRequests,
  MAX_OPEN_REQUESTS,
  MAX_REQUESTS_A_DAY,
  type MyRequests,
  type RequestedHost,
  type RequestsDecided,
  type RequestsPage,
  type RequestsQuery,
  type RequestToSend,
} from '../../../shared/schemas/hub/requests.ts';
import { HttpProblem } from '../http/problem-response.ts';
import { type StoredSettings, settingsBody } from '../registry-access/document.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import type { Activity, RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { withGrants, withHint, withLines } from './added-lines.ts';
import { allowanceFor, allowingLine, linesAbout } from './allowing-lines.ts';
import { decisionDetail } from './decision-detail.ts';
import { describeHost, type HostAsked, hostAsked } from './describe-host.ts';
import { placeOf, writtenPlace } from './queue-place.ts';
import { createRequestStore, type Decided } from './request-store.ts';

const DAY_MS = 86_400_000;

/** Who asks. */
export interface Member {
  sub: string;
  username: string;
}

/** Who decides. */
export interface Decider {
  username: string;
  /** Called before anything is saved: a queue may have taken its time. @throws HttpProblem */
  requireStillAllowed: () => Promise<void>;
}

/** What machines reported of hosts that were blocked, in the last `days`; of **machines**. */
export interface BlockedUsage {
  days: number;
  /** Whether any machine reports hosts at all. */
  isReported: (org: string) => Promise<boolean>;
  /** Those of the most people first, at most some hundreds. */
  blocked: (org: string) => Promise<(BlockedUse & { host: string })[]>;
  blockedHost: (org: string, host: string) => Promise<BlockedUse | null>;
}

/** What happened to requests, for those who are told of it: called in the transaction that saves it. */
export interface RequestNews {
  created: (org: string, request: AccessRequest, by: Member, people: number) => Promise<void>;
  /** Once a decision. */
  decided: (
    org: string,
    decision: Decided & { host: string; by: string; revision: number | null },
    requests: { id: string; sub: string }[],
  ) => Promise<void>;
}

/** Requests of an organization's people for hosts, and what its owners decide. What throws, throws HttpProblem. */
export interface Requests {
  /** @returns the request, and whether it is new */
  send: (org: string, member: Member, sent: RequestToSend) => Promise<{ request: AccessRequest; isNew: boolean }>;
  mine: (org: string, sub: string) => Promise<MyRequests>;
  withdraw: (org: string, sub: string, id: string) => Promise<void>;
  page: (org: string, query: RequestsQuery) => Promise<RequestsPage>;
  blocked: (org: string) => Promise<BlockedHosts>;
  decide: (org: string, decider: Decider, body: ReadyDecision) => Promise<RequestsDecided>;
  /** Settles what a revision allows; at the start too, for what happened while it was not running. */
  settleAllowed: (org: string) => Promise<void>;
  /** Call it in the transaction in which somebody leaves. @param isDeleted their account is deleted too */
  personLeft: (org: string, sub: string, isDeleted: boolean) => Promise<void>;
  removeOld: () => Promise<void>;
}

/** As the schema parses it. */
export type ReadyDecision = DecideRequests;

export function createRequests(deps: {
  database: Database;
  access: Pick<RegistryAccess, 'settings' | 'edit' | 'revision'>;
  activity: Pick<Activity, 'ofRevision'>;
  record: RecordActivity;
  usage: BlockedUsage | null;
  news: RequestNews;
  random: (bytes: number) => Buffer;
  teams: (org: string) => Promise<string[]>;
  teamsOf: (org: string, sub: string) => Promise<string[]>;
  /** Milliseconds since 1970. */
  now: () => number;
}): Requests {
  const { database, access, record, usage, news, random, now } = deps;
  const store = createRequestStore(database);

  return {
    send: async (org, member, { host: written, subject = null, reason = null }) => {
      const asked = hostAsked(written);
      if (asked === null) throw new HttpProblem(422, problem('request-host-invalid'), { organization: org });
      const said = { subject: subject || null, reason: reason || null };
      return database.transaction(async () => {
        if (!(await store.taken(org))) {
          throw new HttpProblem(403, problem('requests-off', { organization: org }), { organization: org });
        }
        const open = await store.openOf(org, member.sub, asked.text);
        if (open !== undefined) {
          await store.replace(open, said);
          return { request: await found(org, open), isNew: false };
        }
        // Before the list is looked through, which takes a while where it is long.
        await requireRoom(org, member.sub);
        await requireBlocked(org, member.sub, asked);
        const id = random(12).toString('hex');
        await store.add({ id, org, sub: member.sub, host: asked.text, at: now(), ...said });
        const request = await found(org, id);
        await news.created(org, request, member, (await store.open(org, asked.text)).length);
        return { request, isNew: true };
      });
    },
    mine: async (org, sub) => ({ items: await store.mine(org, sub, now() - DECIDED_DAYS * DAY_MS) }),
    withdraw: async (org, sub, id) => {
      if (!(await store.withdraw(org, sub, id, now()))) {
        throw new HttpProblem(404, problem('request-unknown'), { organization: org });
      }
    },
    page: async (org, query) => ({
      ...(await (query.state === 'open' ? openPage(org, query) : decidedPage(org, query))),
      open: await store.countOpenHosts(org),
      taken: await store.taken(org),
    }),
    blocked: async (org) => {
      if (usage === null || !(await usage.isReported(org))) return { items: [], days: null };
      const asked = new Set((await store.open(org)).map(({ host }) => host));
      const rows = (await usage.blocked(org)).map((row) => ({ ...row, host: hostAsked(row.host) }));
      const known = await knownAbout(
        org,
        rows.map(({ host }) => host),
      );
      const items = rows.flatMap(({ host, people, machines, last }): RequestedHost[] => {
        // A list that has changed since allows some of them.
        if (host === null || asked.has(host.text)) return [];
        if (allowanceFor(known, host.address, [], now()) !== null) return [];
        return [{ host: host.text, ...describeHost(host), asked: [], people: 0, blocked: { people, machines, last } }];
      });
      return { items, days: usage.days };
    },
    decide,
    settleAllowed: (org) => database.transaction(() => settleAllowed(org)),
    personLeft: async (org, sub, isDeleted) => {
      await store.withdrawAll(org, sub, now());
      if (isDeleted) await store.erase(sub);
    },
    removeOld: () => store.removeBefore(now() - DECIDED_DAYS * DAY_MS),
  };

  async function found(org: string, id: string): Promise<AccessRequest> {
    const request = await store.find(org, id);
    if (request === undefined) throw new Error('the request was not saved');
    return request;
  }

  /** @throws HttpProblem 409 */
  async function requireBlocked(organization: string, sub: string, { address, text }: HostAsked): Promise<void> {
    const settings = await access.settings(organization);
    const known = { grants: settings.grants, lines: linesAbout(settings, [address]) };
    const allowance = allowanceFor(known, address, await deps.teamsOf(organization, sub), now());
    if (allowance === null) return;
    const args = { host: text, by: allowance.by };
    throw new HttpProblem(409, problem('request-already-allowed', args), { organization });
  }

  /** @throws HttpProblem 429 */
  async function requireRoom(organization: string, sub: string): Promise<void> {
    if ((await store.countOpen(organization, sub)) >= MAX_OPEN_REQUESTS) {
      throw new HttpProblem(429, problem('requests-too-many-open', { limit: MAX_OPEN_REQUESTS }), { organization });
    }
    if ((await store.countSince(organization, sub, now() - DAY_MS)) >= MAX_REQUESTS_A_DAY) {
      throw new HttpProblem(429, problem('requests-too-many-today', { limit: MAX_REQUESTS_A_DAY }), {
        organization,
        headers: { 'retry-after': '3600' },
      });
    }
  }

  async function openPage(
    org: string,
    { q, limit, cursor }: RequestsQuery,
  ): Promise<Pick<RequestsPage, 'items' | 'next'>> {
    const places = await store.queue(org, { q, limit: limit + 1, after: placeOf(cursor) });
    const shown = places.slice(0, limit);
    const asked = await store.askedFor(
      org,
      shown.map(({ host }) => host),
    );
    const items: RequestedHost[] = [];
    for (const { host, people } of shown) {
      const blocked = (await usage?.blockedHost(org, host)) ?? null;
      items.push({ ...described(host), asked: asked.get(host) ?? [], people, blocked });
    }
    const last = shown.at(-1);
    return { items, next: places.length > limit && last !== undefined ? writtenPlace(last) : null };
  }

  async function decidedPage(
    org: string,
    { q, limit, cursor }: RequestsQuery,
  ): Promise<Pick<RequestsPage, 'items' | 'next'>> {
    const before = cursor === undefined ? null : Number(cursor);
    if (before !== null && !Number.isSafeInteger(before)) throw new HttpProblem(400, problem('query-invalid'));
    const decisions = await store.decisions(org, { q, limit: limit + 1, before });
    const shown = decisions.slice(0, limit);
    const asked = await store.askedIn(shown.map(({ id }) => id));
    return {
      items: shown.map(({ id, host, people, decision }) => ({
        ...{ ...described(host), asked: asked.get(id) ?? [], people, blocked: null, decision },
      })),
      next: decisions.length > limit ? String(shown.at(-1)?.id) : null,
    };
  }

  function described(text: string): Pick<RequestedHost, 'host' | 'needs' | 'lookAlike' | 'notices'> {
    const host = hostAsked(text);
    return { host: text, ...(host === null ? { needs: [], lookAlike: null, notices: [] } : describeHost(host)) };
  }

  async function decide(
    org: string,
    decider: Decider,
    { host: written, ids, decision }: ReadyDecision,
  ): Promise<RequestsDecided> {
    const asked = hostAsked(written);
    if (asked === null) throw new HttpProblem(422, problem('request-host-invalid'), { organization: org });
    const host = asked.text;
    const detail = await ready(org, asked, decision);
    let answer: RequestsDecided = { revision: null, decided: 0 };
    const save = async (revision: number, isNew: boolean): Promise<void> => {
      await decider.requireStillAllowed();
      const open = (await store.open(org, host)).map(({ id }) => id);
      const chosen = ids === undefined ? open : open.filter((id) => ids.includes(id));
      // Decided by somebody else or withdrawn meanwhile. What is blocked may be allowed though nobody asked.
      if (chosen.length === 0 && (ids !== undefined || detail.kind === 'decline')) {
        throw new HttpProblem(409, problem('requests-decided-meanwhile', { host }), { organization: org });
      }
      const made = isNew ? revision : null;
      const isNothing = chosen.length === 0 && made === null;
      const settled = isNothing ? [] : await keep(org, { host, ids: chosen, detail, by: decider.username }, made);
      answer = { revision: made, decided: settled.length };
    };
    if (detail.kind === 'decline') {
      await database.transaction(async () => save(await access.revision(org), false));
      return answer;
    }
    const saving = { actor: decider.username, accepts: () => true, permit: decider.requireStillAllowed };
    const put = await access.edit(org, (current) => settingsBody(decided(current, host, detail), now()), saving, save);
    if (put.outcome !== 'saved') {
      const faults = put.outcome === 'invalid' ? put.faults : [];
      throw new HttpProblem(422, problem('settings-invalid'), { organization: org, faults });
    }
    return answer;
  }

  /** In a transaction. @param revision the one that it led to */
  async function keep(
    org: string,
    { host, ids, detail, by }: { host: string; ids: readonly string[]; detail: Decided; by: string },
    revision: number | null,
  ): Promise<{ id: string; sub: string }[]> {
    const settled = await store.decide(org, { host, ids, at: now(), actor: by, detail, revision });
    await record(org, by, 'request.decided', [decisionDetail(host, detail, settled.length)]);
    if (settled.length > 0 || revision !== null) await news.decided(org, { ...detail, host, by, revision }, settled);
    return settled;
  }

  /** @throws HttpProblem 422 */
  async function ready(organization: string, asked: HostAsked, decision: ReadyDecision['decision']): Promise<Decided> {
    if (decision.kind !== 'allow') return decision;
    const { until, teams, addresses: written } = decision;
    const addresses = written.map((one, index) => {
      const parsed = parseAddress(one);
      if (parsed.ok) return parsed.value.text;
      const faults = [{ pointer: `/decision/addresses/${index}`, problem: parsed.problem }];
      throw new HttpProblem(422, problem('request-decision-invalid'), { organization, faults });
    });
    const unique = [...new Set(addresses)];
    if (allowingLine(unique, asked.address) === null) {
      throw new HttpProblem(422, problem('request-not-covered', { host: asked.text, addresses: unique }), {
        organization,
      });
    }
    const known = await deps.teams(organization);
    const unknown = (teams ?? []).filter((team) => !known.includes(team));
    if (unknown.length > 0) {
      throw new HttpProblem(422, problem('team-unknown', { teams: unknown, organization }), { organization });
    }
    if (until !== undefined && Date.parse(until) <= now()) {
      const past = problem('setting-invalid', {}, { cause: 'in the past' });
      const faults = [{ pointer: '/decision/until', problem: past }];
      throw new HttpProblem(422, problem('request-decision-invalid'), { organization, faults });
    }
    return {
      ...{ kind: 'allow' as const, addresses: unique },
      ...(until === undefined ? {} : { until: wholeSeconds(until) }),
      ...(teams === undefined ? {} : { teams: [...new Set(teams)] }),
    };
  }

  /** What allowances for these hosts depend on, found in one pass. */
  async function knownAbout(
    org: string,
    hosts: Iterable<HostAsked | null>,
  ): Promise<Parameters<typeof allowanceFor>[0]> {
    const settings = await access.settings(org);
    const addresses = [...hosts].flatMap((host) => (host === null ? [] : [host.address]));
    return { grants: settings.grants, lines: linesAbout(settings, addresses) };
  }

  /** In a transaction. */
  async function settleAllowed(org: string): Promise<void> {
    const open = await store.open(org);
    if (open.length === 0) return;
    const hosts = new Map([...new Set(open.map(({ host }) => host))].map((host) => [host, hostAsked(host)]));
    const known = await knownAbout(org, hosts.values());
    const settled = new Map<string, { host: string; ids: string[]; detail: Decided }>();
    for (const request of open) {
      const asked = hosts.get(request.host) ?? null;
      if (asked === null) continue;
      const allowance = allowanceFor(known, asked.address, await deps.teamsOf(org, request.sub), now());
      if (allowance === null) continue;
      const { by, ...limits } = allowance;
      const detail: Decided = { kind: 'allow', addresses: [by], ...limits };
      const key = JSON.stringify([request.host, detail]);
      settled.set(key, { host: request.host, detail, ids: [...(settled.get(key)?.ids ?? []), request.id] });
    }
    if (settled.size === 0) return;
    const revision = await access.revision(org);
    const by = (await deps.activity.ofRevision(org, revision))?.actor ?? 'hub';
    for (const decision of settled.values()) await keep(org, { ...decision, by }, revision);
  }
}

/** What the settings are with a decision. For good: a line of the list; until a time or for teams: a grant; a mirror: a hint. */
function decided(current: StoredSettings, host: string, detail: Decided): StoredSettings {
  const { kind, addresses = [], until, teams, use = '' } = detail;
  if (kind === 'mirror') return { ...current, hints: withHint(current, { address: host, use }) };
  if (until === undefined && teams === undefined) return { ...current, registries: withLines(current, addresses) };
  const limits = { ...(until === undefined ? {} : { until }), ...(teams === undefined ? {} : { teams }) };
  return { ...current, grants: withGrants(current, addresses, limits) };
}

/** As the hub keeps it in grants: UTC, in whole seconds. */
function wholeSeconds(time: string): string {
  return new Date(Math.floor(Date.parse(time) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
