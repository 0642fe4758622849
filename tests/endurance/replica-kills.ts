import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import type { Random } from '../support/random.ts';
import { type Replica, type Replicas, startReplicas } from '../support/replicas.ts';

/** What is noticed within two seconds, on a machine that is very busy and whose replicas have just been killed. */
const NEWS_MS = 30_000;
const REPLICAS = 3;
const STREAMS = 6;
const ORG = '/v1/orgs/acme';

export interface ReplicaKills {
  wrong: string[];
  kills: number;
  saves: number;
  /** Policies that were fetched while owners saved. */
  fetched: number;
  /** Milliseconds from an answer to a save until the last stream had heard of it: the longest. */
  slowestNews: number;
}

interface Saved {
  revision: number;
  contact: string;
  at: number;
}

/** What somebody saw on one stream, over all its connections. */
interface Heard {
  revisions: { revision: number; at: number }[];
}

/**
 * Three hubs on one database. Two owners save as fast as they can, streams listen, and members fetch the policy, while `disturb` does its
 * worst; afterwards the database and what everybody saw have to agree.
 */
export async function saveUnderFire(
  random: Random,
  disturb: (replicas: Replicas, stop: () => boolean) => Promise<number>,
): Promise<ReplicaKills> {
  const replicas = await startReplicas(REPLICAS, random);
  try {
    const wrong: string[] = [];
    const saved: Saved[] = [];
    let isOver = false;
    const stop = (): boolean => isOver;
    const tokens = { olivia: await replicas.signIn('olivia'), oscar: await replicas.signIn('oscar') };
    const member = await replicas.signIn('mia');
    const ending = new AbortController();
    const streams = Array.from({ length: STREAMS }, (): Heard => ({ revisions: [] }));
    const listening = streams.map((heard) => listen(replicas.url, member, heard, ending.signal));
    const owners = Object.entries(tokens).map(([name, token]) => save(replicas.url, token, name, saved, stop));
    const fetching = fetchPolicies(replicas.url, member, saved, wrong, stop);

    const kills = await disturb(replicas, stop);
    isOver = true;
    await Promise.all(owners);
    const fetched = await fetching;
    const slowestNews = await heardOf(streams, saved, wrong);
    ending.abort();
    await Promise.all(listening);
    await compare(replicas, saved, streams, wrong);
    return { wrong, kills, saves: saved.length, fetched, slowestNews };
  } finally {
    await replicas.stop();
  }
}

/** SIGKILLs a replica at a random moment, again and again; one at least is always up. */
export function killReplicas(kills: number, random: Random): (replicas: Replicas) => Promise<number> {
  return async ({ all }) => {
    const starting = new Set<Promise<void>>();
    let killed = 0;
    while (killed < kills) {
      await sleep(100 + random.below(700));
      const up = all.filter((replica) => replica.isUp());
      if (up.length < 2) continue;
      const victim: Replica = random.pick(up);
      await victim.halt('SIGKILL');
      killed += 1;
      const started = sleep(random.below(300)).then(() => victim.start());
      starting.add(started);
      void started.finally(() => starting.delete(started)).catch(() => undefined);
      if (starting.size === all.length - 1) await Promise.race(starting);
    }
    await Promise.all(starting);
    return killed;
  };
}

/** Saves something new each time, of what it has just read. An answer that did not come says nothing. */
async function save(url: string, token: string, owner: string, saved: Saved[], stop: () => boolean): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let count = 1; !stop(); count += 1) {
    const contact = `${owner} ${count}`;
    try {
      const current = await fetch(`${url}${ORG}/registry-access/settings`, { headers });
      const { revision: _revision, ...settings } = z.record(z.string(), z.unknown()).parse(await current.json());
      const response = await fetch(`${url}${ORG}/registry-access/settings`, {
        method: 'PUT',
        headers: { ...headers, 'if-match': current.headers.get('etag') ?? '' },
        body: JSON.stringify({ ...settings, contact }),
      });
      const answer = z
        .object({ revision: z.number() })
        .loose()
        .safeParse(await response.json());
      if (response.ok && answer.success) saved.push({ revision: answer.data.revision, contact, at: Date.now() });
      // Far from the limit of what one person may change.
      await sleep(response.status === 429 ? 1000 : 250);
    } catch {
      await sleep(100);
    }
  }
}

/** @returns how many it fetched; none may be older than what had been saved when it asked */
async function fetchPolicies(
  url: string,
  token: string,
  saved: readonly Saved[],
  wrong: string[],
  stop: () => boolean,
): Promise<number> {
  let fetched = 0;
  while (!stop()) {
    const known = Math.max(0, ...saved.map(({ revision }) => revision));
    try {
      const response = await fetch(`${url}${ORG}/registry-access`, { headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) continue;
      const [, payload = ''] = (await response.text()).split('.');
      const { revision } = z
        .object({ revision: z.number() })
        .parse(JSON.parse(String(Buffer.from(payload, 'base64url'))));
      if (revision < known) wrong.push(`policy ${revision} was served when ${known} had been saved`);
      fetched += 1;
    } catch {
      // Its replica was killed.
    }
    await sleep(20);
  }
  return fetched;
}

/** Listens as an agent does: with the last revision it has seen, and again whenever the stream ends. */
async function listen(url: string, token: string, { revisions }: Heard, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}${ORG}/registry-access/events`, {
        headers: {
          authorization: `Bearer ${token}`,
          ...(revisions.length === 0 ? {} : { 'last-event-id': String(revisions.at(-1)?.revision) }),
        },
        signal,
      });
      if (!response.ok || response.body === null) throw new Error(String(response.status));
      const parser = createParser({
        onEvent: ({ event, id }) => {
          if (event === 'revision') revisions.push({ revision: Number(id), at: Date.now() });
        },
      });
      const decoder = new TextDecoder();
      for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch {
      // Killed, or at its end.
    }
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}

/** Waits until all have heard of the last. @returns how long the slowest news took */
async function heardOf(streams: readonly Heard[], saved: readonly Saved[], wrong: string[]): Promise<number> {
  const last = Math.max(...saved.map(({ revision }) => revision));
  const until = Date.now() + NEWS_MS;
  while (Date.now() < until && streams.some(({ revisions }) => (revisions.at(-1)?.revision ?? 0) < last))
    await sleep(50);
  let slowest = 0;
  for (const { revision, at } of saved) {
    for (const [index, { revisions }] of streams.entries()) {
      const news = revisions.find((heard) => heard.revision >= revision);
      if (news === undefined) wrong.push(`stream ${index} never heard of ${revision}`);
      else slowest = Math.max(slowest, news.at - at);
    }
  }
  if (slowest > NEWS_MS) wrong.push(`a stream was without news for ${slowest} ms`);
  return slowest;
}

const RevisionRow = z.object({
  revision: z.coerce.number(),
  contact: z.string().nullable(),
  activity: z.coerce.number(),
});

async function compare(
  replicas: Replicas,
  saved: readonly Saved[],
  streams: readonly Heard[],
  wrong: string[],
): Promise<void> {
  const rows = await replicas.rows('SELECT revision, contact, activity FROM revisions ORDER BY revision');
  const kept = rows.map((row) => RevisionRow.parse(row));
  const numbers = kept.map(({ revision }) => revision);
  const expected = Array.from({ length: numbers.at(-1) ?? 0 }, (_, index) => index + 1);
  if (JSON.stringify(numbers) !== JSON.stringify(expected)) wrong.push(`revisions ${numbers.join(' ')}`);
  for (const { revision, contact } of saved) {
    const found = kept.find((row) => row.revision === revision)?.contact;
    if (found !== contact) wrong.push(`revision ${revision} was answered as "${contact}" and is "${found}"`);
  }
  const contacts = kept.map(({ contact }) => contact);
  if (new Set(contacts).size !== contacts.length) wrong.push('something was saved twice');
  const [entries] = await replicas.rows(
    `SELECT count(*)::int AS entries, count(DISTINCT revision)::int AS revisions FROM activity
     WHERE action IN ('settings.changed', 'organization.created')`,
  );
  if (entries?.entries !== kept.length || entries.revisions !== kept.length) {
    wrong.push(`${kept.length} revisions and ${JSON.stringify(entries)} in the activity`);
  }
  for (const [index, { revisions }] of streams.entries()) {
    const heard = revisions.map(({ revision }) => revision);
    if (heard.some((revision, place) => place > 0 && revision <= (heard[place - 1] ?? 0))) {
      wrong.push(`stream ${index} heard ${heard.join(' ')}`);
    }
  }
}
