import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { killReplicas, saveUnderFire } from '../endurance/replica-kills.ts';
import { withClient } from '../support/postgres.ts';
import { seededRandom } from '../support/random.ts';

const KILLS = 12;
/** Each killed replica is started again, which a very busy machine takes its time for. */
const PATIENCE_MS = 1_200_000;

it(
  'replicas that are killed lose, double and reorder no revision, and every stream hears of each',
  async () => {
    const seed = Date.now() >>> 0;
    const random = seededRandom(seed);
    const found = await saveUnderFire(random, killReplicas(KILLS, random));
    expect(found.wrong, `seed ${seed}`).toEqual([]);
    expect(found.kills).toBe(KILLS);
    // Something happened meanwhile; else nothing was shown.
    expect(found.saves).toBeGreaterThan(KILLS);
    expect(found.fetched).toBeGreaterThan(KILLS);
  },
  PATIENCE_MS,
);

it(
  'a database that restarts, and connections that are cut, cost nothing that was saved either',
  async () => {
    const seed = Date.now() >>> 0;
    const { wrong, saves } = await saveUnderFire(seededRandom(seed), async ({ server }) => {
      for (let round = 0; round < 3; round += 1) {
        await sleep(1500);
        await withClient(server.folder, 'postgres', (client) =>
          client.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portcullis-hub'",
          ),
        );
        await sleep(1500);
        await server.halt('SIGINT');
        await server.start();
      }
      await sleep(2000);
      return 0;
    });
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(saves).toBeGreaterThan(3);
  },
  PATIENCE_MS,
);
