import { beforeEach, describe, expect, it } from 'vitest';
import { type Announcements, createAnnouncements } from '../../../main/agent/announcements.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { allGood, snapshotOf } from '../../support/snapshots.ts';

const base = snapshotOf(allGood);

/** A part that counts, and a snapshot that shows what it counted. */
let deniedToday: number;
let reconciled: number;
/** What the part does when it is told of a change. */
let react: () => void;
let announcements: Announcements;
let told: number[];

beforeEach(() => {
  deniedToday = 0;
  reconciled = 0;
  react = () => undefined;
  told = [];
  announcements = createAnnouncements(
    () => {
      reconciled += 1;
      react();
    },
    (): Snapshot => ({ ...base, at: Math.round(performance.now()), deniedToday }),
  );
  announcements.onSnapshot((snapshot) => told.push(snapshot.deniedToday));
});

const turn = () => new Promise(setImmediate);

describe('a change', () => {
  it('is announced soon and once, together with others of the same moment', async () => {
    announcements.start();
    deniedToday = 1;
    announcements.changed();
    deniedToday = 2;
    announcements.changed();
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual([2]);
    expect(reconciled).toBe(1);
  });

  it('with which a part answers another is announced together with it', async () => {
    announcements.start();
    react = () => {
      if (deniedToday >= 3) return;
      deniedToday += 1;
      announcements.changed();
    };
    announcements.changed();
    await turn();
    expect(told).toEqual([3]);
    expect(reconciled).toBe(4);
  });

  it('that parts answer without end does not keep others from running', async () => {
    announcements.start();
    let rounds = 0;
    react = () => {
      rounds += 1;
      deniedToday += 1;
      if (rounds < 100) announcements.changed();
    };
    announcements.changed();
    await turn();
    expect(rounds).toBe(100);
    expect(told.at(-1)).toBe(100);
    expect(told.length).toBeGreaterThan(10);
  });

  it('that changes nothing on screen is not announced', async () => {
    announcements.start();
    announcements.changed();
    await turn();
    announcements.changed();
    await turn();
    expect(told).toEqual([0]);
    expect(reconciled).toBe(2);
  });

  it('before the start and after the stop has no consequence', async () => {
    announcements.changed();
    await turn();
    announcements.start();
    announcements.changed();
    announcements.stop();
    await turn();
    announcements.changed();
    await turn();
    expect([told, reconciled]).toEqual([[], 0]);
  });

  it('is in the snapshot at once for whoever asks', async () => {
    announcements.start();
    deniedToday = 5;
    announcements.changed();
    expect(announcements.snapshot().deniedToday).toBe(5);
    expect(told).toEqual([5]);
    await turn();
    expect(told).toEqual([5]);
  });

  it('can be caught up with from within an announcement', async () => {
    announcements.start();
    const seen: number[] = [];
    announcements.onSnapshot(() => seen.push(announcements.snapshot().deniedToday));
    deniedToday = 7;
    announcements.changed();
    await turn();
    expect(seen).toEqual([7]);
  });
});
