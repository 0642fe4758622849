import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeId, codeProof, normalizeCode } from '../../../../main/platform/enrolment/enrolment-code.ts';
import { type HostUse, MachinesQuery } from '../../../../shared/schemas/hub/machines.ts';
import {
  DAY,
  HOUR,
  HUB,
  type MachinesWorld,
  MINUTE,
  machinesWorld,
  OWNER,
  thumbprint,
} from '../../../support/machines-world.ts';

let world: MachinesWorld;
beforeEach(async () => {
  world = await machinesWorld();
});
afterEach(() => world.close());

const FREE = { attachment: null } as const;
const WOKEN = { attachment: { kind: 'unknown', code: 'attachment-audit-stale' } } as const;
const stateOf = async (id: string): Promise<string> => (await world.machines.details('acme', thumbprint(id))).state;
const tick = async (minutes: number): Promise<void> => {
  world.now += minutes * MINUTE;
  await world.machines.tick(['acme']);
};

describe('alerts', () => {
  const counts = () => world.alerts.map(({ notEnforcing, silent }) => [notEnforcing.count, silent.count]);

  it('come once a machine has not been enforcing for ten minutes, once', async () => {
    await world.enrol('a');
    await world.report('a', FREE);
    await tick(9);
    expect(world.alerts).toEqual([]);
    await tick(1);
    await tick(1);
    await tick(600);
    expect(counts()).toEqual([[1, 0]]);
    expect(world.alerts[0]?.notEnforcing.machines).toEqual([
      { id: thumbprint('a'), shortId: 'a00000000000', since: new Date(1_800_000_000_000).toISOString() },
    ]);
    expect(world.activity.filter(({ action }) => action === 'machine.alert')).toEqual([
      { actor: 'hub', action: 'machine.alert', changes: ['not enforcing for 10 minutes: a00000000000'] },
    ]);
  });

  it('come again after it has recovered', async () => {
    await world.enrol('a');
    for (const claims of [FREE, FREE, {}, FREE, FREE]) {
      await world.report('a', claims);
      await tick(20);
    }
    expect(counts()).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('are not raised by a wake from sleep, nor by an engine that is stopped', async () => {
    await world.enrol('asleep', 'stopped');
    await world.report('asleep', WOKEN);
    await world.report('stopped', {
      attachment: {
        kind: 'audited',
        at: world.now / 1000,
        findings: [],
        engines: [{ id: 'docker', running: false, hold: 'nothing' }],
      },
      probes: [],
    });
    await tick(300);
    expect(world.alerts).toEqual([]);
    // Ten minutes later it still is not: that is no wake.
    await world.report('asleep', WOKEN);
    await tick(1);
    expect(counts()).toEqual([[1, 0]]);
  });

  it('come after seven days of silence, also of a machine that never reported', async () => {
    await world.enrol('never', 'once');
    await world.report('once');
    await tick(7 * 24 * 60 - 1);
    expect(world.alerts).toEqual([]);
    await tick(1);
    expect(counts()).toEqual([[0, 2]]);
    await tick(3 * 24 * 60);
    expect(counts()).toHaveLength(1);
    await world.report('once');
    await tick(7 * 24 * 60);
    expect(counts()).toEqual([
      [0, 2],
      [0, 1],
    ]);
  });

  it('are batched: many at once are one, and the next one waits a quarter of an hour', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `m${index}x`);
    await world.enrol(...names);
    for (const name of names.slice(0, 149)) await world.report(name, FREE);
    await tick(10);
    expect(counts()).toEqual([[149, 0]]);
    expect(world.alerts[0]?.notEnforcing.machines).toHaveLength(100);
    await world.report(names[149] ?? '', FREE);
    await tick(10);
    expect(world.alerts).toHaveLength(1);
    await tick(5);
    expect(counts()[1]).toEqual([1, 0]);
  });

  it('are not raised by keys that nobody enrolled', async () => {
    await world.report('stranger', FREE);
    await tick(10);
    await tick(8 * 24 * 60);
    expect(world.alerts).toEqual([]);
  });
});

describe('what is kept', () => {
  it('forgets machines that have been silent for long, with their enrolment', async () => {
    await world.enrol('old', 'never', 'young');
    await world.report('old');
    await world.report('stranger');
    world.now += 14 * DAY;
    await world.machines.removeOld(['acme']);
    await expect(stateOf('stranger')).rejects.toThrow();
    expect(await stateOf('old')).toBe('silent');
    world.now += 75 * DAY;
    await world.report('young');
    world.now += DAY;
    await world.machines.removeOld(['acme']);
    await expect(stateOf('old')).rejects.toThrow();
    await expect(stateOf('never')).rejects.toThrow();
    expect(await stateOf('young')).toBe('silent');
    expect(world.activity.at(-1)).toEqual({
      actor: 'hub',
      action: 'machine.forgotten',
      changes: ['forgot 2 machines that had been silent'],
    });
    // It has to be enrolled again.
    expect((await world.report('old')).state).toBe('unverified');
  });

  it('keeps no more unverified keys of one person than twenty', async () => {
    for (let number = 0; number < 25; number++) {
      world.now += 1000;
      await world.report(`key${number}-`);
    }
    expect((await world.machines.summary('acme')).states.unverified).toBe(20);
    await world.enrol('mine');
    await world.report('mine');
    expect((await world.machines.summary('acme')).total).toBe(21);
  });

  it('survives new rules: what is stored of each state is found anew', async () => {
    await world.enrol('a');
    await world.report('a', FREE);
    // As an earlier version may have taken it.
    await world.database.run(sql`UPDATE machines SET standing = 2, not_enforcing_since = NULL`);
    await world.restart();
    expect((await world.machines.page('acme', MachinesQuery.parse({ state: 'not-enforcing' }))).total).toBe(0);
    await world.database.run(sql`UPDATE facts SET value = '0' WHERE name = 'machine-rules'`);
    await world.restart();
    expect((await world.machines.page('acme', MachinesQuery.parse({ state: 'not-enforcing' }))).total).toBe(1);
    await tick(10);
    expect(world.alerts).toHaveLength(1);
  });
});

describe('enrolment', () => {
  it('by thumbprint says how many were new', async () => {
    const ids = [thumbprint('a'), thumbprint('b')];
    expect(await world.machines.enrol('acme', OWNER, ids)).toEqual({ enrolled: 2, known: 0 });
    expect(await world.machines.enrol('acme', OWNER, [...ids, ...ids, thumbprint('c')])).toEqual({
      enrolled: 1,
      known: 2,
    });
    expect(world.activity.map(({ changes }) => changes[0])).toEqual([
      'enrolled a00000000000, b00000000000 by thumbprint',
      'enrolled c00000000000 by thumbprint',
    ]);
  });

  it('of a machine that has reported takes effect at once', async () => {
    expect((await world.report('a')).state).toBe('unverified');
    await world.enrol('a');
    expect(await stateOf('a')).toBe('enforcing');
    await world.report('b', FREE);
    await world.enrol('b');
    expect(await stateOf('b')).toBe('not-enforcing');
  });

  const make = async (count = 1, hours = 24): Promise<string> => {
    const [code] = (await world.machines.makeCodes('acme', OWNER, { count, hours })).codes;
    return normalizeCode(code ?? '') ?? '';
  };
  const proofOf = (code: string, id: string, org = 'acme') => ({
    enrolment: { id: codeId(code), proof: codeProof(code, { jkt: thumbprint(id), aud: HUB, org }) },
  });

  it('by code enrols one machine, once, and that one again', async () => {
    const code = await make();
    expect((await world.report('a', proofOf(code, 'a'))).state).toBe('enforcing');
    expect((await world.report('a', proofOf(code, 'a'))).state).toBe('enforcing');
    const other = await world.report('b', proofOf(code, 'b'));
    expect(other.missing.map((problem) => problem.code)).toEqual(['machine-not-enrolled', 'machine-code-void']);
    expect(await world.machines.openCodes('acme')).toMatchObject({ open: 0, used: 1 });
    expect((await world.machines.details('acme', thumbprint('a'))).enrolled).toMatchObject({
      by: 'olivia',
      how: 'code',
    });
  });

  it('by code does not work for another key, after its time, after it was revoked, or by its stored key', async () => {
    const code = await make(1, 1);
    // Whoever reads the receipt of a knows this much.
    expect((await world.report('b', proofOf(code, 'a'))).state).toBe('unverified');
    expect((await world.report('b', { enrolment: { id: codeId(code), proof: '' } })).state).toBe('unverified');
    expect((await world.report('b', proofOf(code, 'b', 'globex'))).state).toBe('unverified');
    world.now += HOUR;
    expect((await world.report('b', proofOf(code, 'b'))).state).toBe('unverified');
    const revoked = await make();
    await world.machines.revokeCodes('acme', OWNER);
    expect((await world.report('b', proofOf(revoked, 'b'))).state).toBe('unverified');
    expect(await world.machines.openCodes('acme')).toEqual({ open: 0, used: 0, expiresAt: null });
  });

  it('keeps no code in the clear', async () => {
    const code = await make();
    const rows = JSON.stringify(await world.database.all(sql`SELECT * FROM machine_codes`));
    expect(rows).not.toContain(code);
    expect(rows).not.toContain(code.slice(0, 10));
  });

  it('has no more unused codes than can be counted', async () => {
    for (let made = 0; made < 5; made++) await make(1000);
    await expect(make()).rejects.toThrow(/codes-too-many|unused codes/);
  });
});

describe('usage', () => {
  const at = (): string => new Date(world.now).toISOString();
  const used = (host: string, blocked = 0, more: Partial<HostUse> = {}): HostUse => ({
    ...{ host, count: 3, blocked, firstAt: at(), lastAt: at() },
    ...more,
  });

  it('counts people and machines, not pulls', async () => {
    await world.report('a', {}, { sub: 'mia', hosts: [used('gcr.io', 3), used('ghcr.io')] });
    await world.report('b', {}, { sub: 'mia', hosts: [used('gcr.io', 1)] });
    await world.report('b', {}, { sub: 'max', hosts: [used('gcr.io', 3), used('quay.io', 3)] });
    const last = at();
    expect(await world.machines.blocked('acme')).toEqual([
      { host: 'gcr.io', people: 2, machines: 2, last },
      { host: 'quay.io', people: 1, machines: 1, last },
    ]);
    expect(await world.machines.blockedHost('acme', 'gcr.io')).toEqual({ people: 2, machines: 2, last });
    expect(await world.machines.blockedHost('acme', 'ghcr.io')).toBeNull();
    expect(await world.machines.blocked('globex')).toEqual([]);
    const draft = await world.machines.usageDraft('acme');
    const change = await draft?.change({ blocked: ['ghcr.io'], allowed: ['gcr.io', 'quay.io'] });
    expect(change).toMatchObject({
      newlyBlocked: { people: 1, machines: 1, hosts: [{ host: 'ghcr.io' }] },
      newlyAllowed: { people: 2, machines: 2, more: 0 },
    });
  });

  it('is not guessed where nobody reported hosts', async () => {
    await world.report('a');
    expect(await world.machines.usageDraft('acme')).toBeNull();
    await world.report('a', {}, { hosts: [] });
    expect((await world.machines.usageDraft('acme'))?.hosts).toEqual([]);
  });

  it('ends after 30 days', async () => {
    await world.report('a', {}, { hosts: [used('gcr.io', 3)] });
    world.now += 30 * DAY;
    expect(await world.machines.blocked('acme')).toHaveLength(1);
    world.now += 1;
    expect(await world.machines.blocked('acme')).toEqual([]);
    await world.machines.removeOld(['acme']);
    expect(await world.database.get(sql`SELECT count(*) AS rows FROM machine_usage`)).toEqual({ rows: 0 });
  });

  it.each([
    '=1+1',
    '<img src=x onerror=alert(1)>',
    '\u001b[31mred',
    'gcr.io/../evil',
    'https://gcr.io',
    'me@gcr.io',
    '*.gcr.io',
    '127.0.0.1',
    'a b',
    'GCR.IO',
    'gcr.io\u202e',
    `${'a'.repeat(64)}.io`,
  ])('does not keep what is no host as a gateway spells it: %j', async (host) => {
    await world.report('a', {}, { hosts: [used(host, 3), used('quay.io', 3)] });
    expect((await world.machines.blocked('acme')).map((one) => one.host)).toEqual(['quay.io']);
  });

  it('takes no time from the future', async () => {
    await world.report('a', {}, { hosts: [used('gcr.io', 3, { lastAt: '2999-01-01T00:00:00Z' })] });
    expect((await world.machines.blocked('acme'))[0]?.last).toBe(at());
  });

  it('keeps at most 500 hosts of one person on one machine, the latest', async () => {
    for (let batch = 0; batch < 3; batch++) {
      world.now += DAY;
      await world.report(
        'a',
        {},
        { hosts: Array.from({ length: 200 }, (_, index) => used(`h${batch}-${index}.example`, 3)) },
      );
    }
    const kept = await world.database.get(
      sql`SELECT count(*) AS rows, count(*) FILTER (WHERE host LIKE 'h0-%') AS old FROM machine_usage`,
    );
    expect(kept).toEqual({ rows: 500, old: 100 });
  });
});

describe('nonces', () => {
  it('are good once, for ten minutes, for the person and the organization that they were given to', async () => {
    const { nonce, expiresAt } = await world.machines.nonce('acme', 'mia');
    expect(Date.parse(expiresAt) - world.now).toBe(10 * MINUTE);
    await world.report('a', { nonce });
    await expect(world.report('a', { nonce })).rejects.toThrow(/nonce/);
    const others = (await world.machines.nonce('acme', 'max')).nonce;
    await expect(world.report('a', { nonce: others })).rejects.toThrow(/nonce/);
    const elsewhere = (await world.machines.nonce('globex', 'mia')).nonce;
    await expect(world.report('a', { nonce: elsewhere })).rejects.toThrow(/nonce/);
    const late = (await world.machines.nonce('acme', 'mia')).nonce;
    world.now += 10 * MINUTE;
    await expect(world.report('a', { nonce: late })).rejects.toThrow(/nonce/);
  });

  it('are not made by anybody else, in no other spelling, and not good for longer by a clock set back', async () => {
    const { nonce } = await world.machines.nonce('acme', 'mia');
    for (const forged of [
      '',
      'nonce',
      `${nonce}=`,
      `${nonce} `,
      nonce.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')),
      nonce.slice(2),
      Buffer.alloc(34).toString('base64url'),
    ]) {
      await expect(world.report('a', { nonce: forged })).rejects.toThrow(/nonce/);
    }
    world.now -= HOUR;
    await expect(world.report('a', { nonce })).rejects.toThrow(/nonce/);
  });

  it('cost nothing until they are used', async () => {
    for (let asked = 0; asked < 1000; asked++) await world.machines.nonce('acme', 'mia');
    expect(await world.database.get(sql`SELECT count(*) AS rows FROM used_nonces`)).toEqual({ rows: 0 });
  });
});
