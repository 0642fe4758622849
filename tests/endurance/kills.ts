import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, exchangeUdp, question } from '../support/dns-client.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { Random } from '../support/random.ts';

export interface Killed {
  kills: number;
  /** How often the set before, and the set that was being programmed, was in force after the restart. */
  old: number;
  new: number;
  /** Questions that were under way around the kills. */
  asked: number;
  /** What should not be; empty if all is well. */
  wrong: string[];
}

/** Enough for a swap to take a moment, so that kills find it in all its steps: reading, verifying, writing, exchanging. */
const HOSTS = 3_000;
/** On every list, so there is no moment in which it may be refused. */
const ALWAYS = 'always.example';

function hostsOf(revision: number): string[] {
  return Array.from({ length: HOSTS }, (_, i) => `h${i}.rev${revision}.example`);
}

/** From the whole list: its ends, and some between. A mix of two sets would show in one of them. */
function samples(revision: number, random: Random): string[] {
  const hosts = hostsOf(revision);
  return [hosts[0], hosts[HOSTS - 1], ...Array.from({ length: 6 }, () => random.pick(hosts))].filter(
    (host) => host !== undefined,
  );
}

/**
 * Kills the gateway over and over while it exchanges one rule set for another under load, and starts it again. Each time
 * it must have the one or the other whole: the newer one if it had said so, and its generation never goes back.
 */
export async function killMidSwap(kills: number, random: Random): Promise<Killed> {
  const upstream = await startDnsStub((asked) => [{ type: 'A', name: asked.name, ttl: 300, data: '192.0.2.1' }]);
  const result: Killed = { kills: 0, old: 0, new: 0, asked: 0, wrong: [] };
  let gateway: TestGateway | undefined;
  try {
    gateway = await startGateway({ upstreams: [upstream.address], config: { workers: 2 } });
    const membership = await gateway.signer.membership();
    const document = (revision: number): Promise<string> =>
      (gateway as TestGateway).signer.policy({
        revision,
        registries: [ALWAYS, ...hostsOf(revision)].map((address) => ({ address })),
      });
    let revision = 1;
    let usual = 200;
    let generation = (await gateway.programFiles(await document(revision), membership)).generation;

    for (; result.kills < kills; result.kills += 1) {
      const offered = await document(revision + 1);
      const stop = new AbortController();
      // Asked before: on the way there the gateway may be gone already.
      const [server = ''] = (await gateway.status()).listeners.dns.engine;
      const load = underLoad(
        server,
        [ALWAYS, ...samples(revision, random), ...samples(revision + 1, random)],
        stop.signal,
        result,
      );
      let acknowledged: number | null = null;
      const start = performance.now();
      const programmed = gateway.programFiles(offered, membership).then(
        (answer) => {
          usual = performance.now() - start;
          acknowledged = answer.generation;
        },
        // The connection breaks with the process.
        () => undefined,
      );
      // By turns: as soon as it has said that the new set is in force, and somewhere on the way there.
      if (result.kills % 5 === 0) await programmed;
      else await delay(random.below(Math.ceil(usual * 1.2)));
      await gateway.halt('SIGKILL');
      const promised = acknowledged;
      stop.abort();
      await Promise.all([programmed, load]);

      await gateway.start();
      const status = await gateway.status();
      const now = status.policy?.revision;
      const at = `kill ${result.kills + 1}`;
      if (status.inForce.kind !== 'policy' || (now !== revision && now !== revision + 1)) {
        result.wrong.push(`${at}: in force is ${JSON.stringify(status.inForce)}`);
        break;
      }
      if (status.problems.length > 0) result.wrong.push(`${at}: ${JSON.stringify(status.problems)}`);
      if (promised !== null && (now !== revision + 1 || status.generation !== promised)) {
        result.wrong.push(`${at}: acknowledged ${revision + 1} as ${promised}, has ${now} as ${status.generation}`);
      }
      if (status.generation < generation) result.wrong.push(`${at}: back to generation ${status.generation}`);
      await judgeAll(gateway, { [ALWAYS]: true }, at, result);
      for (const each of [revision, revision + 1]) {
        const expected = Object.fromEntries(samples(each, random).map((host) => [host, each === now]));
        await judgeAll(gateway, expected, at, result);
      }
      result[now === revision ? 'old' : 'new'] += 1;
      generation = status.generation;
      revision = now;
    }
    return result;
  } finally {
    await gateway?.stop();
    await upstream.close();
  }
}

async function judgeAll(
  gateway: TestGateway,
  expected: Record<string, boolean>,
  at: string,
  result: Killed,
): Promise<void> {
  const [server = ''] = (await gateway.status()).listeners.dns.engine;
  await Promise.all(
    Object.entries(expected).map(async ([host, allowed]) => {
      const { rcode } = await ask(server, host);
      if (rcode !== (allowed ? 'NOERROR' : 'NXDOMAIN')) result.wrong.push(`${at}: ${host} is ${rcode}`);
    }),
  );
}

/** Asks until the signal: what is on both lists must never be refused, and what is asked last may go unanswered. */
async function underLoad(server: string, hosts: string[], signal: AbortSignal, result: Killed): Promise<void> {
  const aborted = once(signal, 'abort').then(() => null);
  await Promise.all(
    hosts.map(async (host) => {
      while (!signal.aborted) {
        const answer = await Promise.race([exchangeUdp(server, question(host), 2_000), aborted]);
        result.asked += 1;
        const rcode = answer === null ? null : answer.readUInt16BE(2) & 0xf;
        if (host === ALWAYS && rcode !== null && rcode !== 0)
          result.wrong.push(`${host} was refused during a swap (${rcode})`);
      }
    }),
  );
}
