import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/background-process.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type PlayedClock, playClock } from '../support/packed/played-clock.ts';

const DAY_S = 24 * 3600;
const TEN_YEARS_S = 3653 * DAY_S;

/** On the real process what the unit tests show of `trusted-clock.ts`; the machine's own clock stays as it is. */
describe.runIf(process.platform === 'linux')('a gateway whose wall clock is moved', () => {
  let folder: string;
  let clock: PlayedClock;
  let upstream: DnsStub;
  let gateway: TestGateway;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pc-clock-'));
    clock = await playClock(folder);
    upstream = await startDnsStub({ 'ghcr.io': '192.0.2.1', 'gcr.io': '192.0.2.2' });
    gateway = await startGateway({
      upstreams: [upstream.address],
      within: (command) => [...clock.within, ...command],
    });
    await gateway.program({ revision: 1, registries: [{ address: 'ghcr.io' }] });
  });
  afterEach(async () => {
    await gateway?.stop();
    await upstream?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const inForce = async (): Promise<string> => {
    const { inForce: now } = await gateway.status();
    return now.kind === 'deny' ? now.reason : now.kind;
  };
  const becomes = (what: string): Promise<boolean> => waitFor(what, async () => (await inForce()) === what);
  const addresses = async (name: string): Promise<number> => (await gateway.query(name)).answers?.length ?? 0;

  it('blocks while the clock is past the end of the policy, and no longer than that', async () => {
    expect(await addresses('ghcr.io')).toBe(1);
    await clock.move(4 * DAY_S);
    await becomes('policy-expired');
    expect(await addresses('ghcr.io')).toBe(0);
    await clock.move(0);
    await becomes('policy');
    expect(await addresses('ghcr.io')).toBe(1);
  });

  it('blocks as well where the clock was moved while it did not run', async () => {
    await gateway.halt('SIGKILL');
    await clock.move(TEN_YEARS_S);
    await gateway.start();
    expect(await inForce()).toBe('policy-expired');
    await clock.move(0);
    await becomes('policy');
  });

  it('lets a policy end when it ends, ten years behind', async () => {
    const end = Math.floor(Date.now() / 1000) + 15;
    await gateway.program({ revision: 2, exp: end, registries: [{ address: 'ghcr.io' }] });
    await clock.move(-TEN_YEARS_S);
    expect(await addresses('ghcr.io')).toBe(1);
    await becomes('policy-expired');
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(end);
    expect(await addresses('ghcr.io')).toBe(0);
    // Nor is it the other way round: the next policy is valid, for all that the clock says.
    await gateway.program({ revision: 3, registries: [{ address: 'gcr.io' }] });
    expect(await addresses('gcr.io')).toBe(1);
  });

  it('never answers what the policy does not allow, and keeps answering, while the clock leaps about', async () => {
    let asked = 0;
    for (const years of [1, -1, 10, -10, 0.001, -0.001, 30, -30]) {
      for (const share of [1, 0.5, 0]) {
        await clock.move(Math.round(years * 365 * DAY_S * share));
        const answers = await Promise.all(['gcr.io', 'ghcr.io', 'gcr.io', 'ghcr.io'].map((name) => addresses(name)));
        asked += answers.length;
        expect([answers[0], answers[2]]).toEqual([0, 0]);
      }
    }
    expect(asked).toBe(96);
    await clock.move(0);
    await becomes('policy');
    expect(await addresses('ghcr.io')).toBe(1);
    expect(gateway.log()).not.toMatch(/"level":(50|60)/);
  });
});
