import { randomBytes } from 'node:crypto';
import type { MachineAlert } from '../../main/hub/machines/alerts.ts';
import { createMachines, type Machines } from '../../main/hub/machines/machines.ts';
import { MachinesConfig } from '../../main/hub/machines/machines-config.ts';
import { createAccounts } from '../../main/hub/store/accounts.ts';
import type { Database } from '../../main/hub/store/database.ts';
import { createFacts } from '../../main/hub/store/facts.ts';
import { detailIn } from '../../shared/activity/details.ts';
import type { HostUse, ReportAnswer } from '../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../shared/schemas/receipt.ts';
import { testDatabase } from './hub-database.ts';
import { enforcingClaims } from './signing-gateway.ts';

export const HUB = 'https://hub.acme.example';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const OWNER = { sub: 'olivia', username: 'olivia' };

/** The machines of a hub without its HTTP, with a clock of the test's. */
export interface MachinesWorld {
  machines: Machines;
  database: Database;
  /** Milliseconds since 1970. */
  now: number;
  /** The revision that is current, and the one that was two sync intervals ago. */
  revisions: { current: number; due: number };
  alerts: MachineAlert[];
  activity: { actor: string; action: string; changes: readonly string[] }[];
  /** `thumbprint('a')` is 43 characters. */
  enrol: (...ids: string[]) => Promise<void>;
  report: (
    id: string,
    claims?: Partial<ReceiptClaims>,
    more?: { sub?: string; hosts?: HostUse[] },
  ) => Promise<ReportAnswer>;
  /** The hub starts again on the same data. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

export function thumbprint(name: string): string {
  return name.padEnd(43, '0');
}

export async function machinesWorld(config: Partial<MachinesConfig> = {}): Promise<MachinesWorld> {
  const test = await testDatabase();
  const { database } = test;
  const accounts = createAccounts(database);
  await accounts.addOrganization('acme');
  for (const sub of ['olivia', 'mia', 'max']) {
    await accounts.addUser({
      sub,
      username: sub,
      name: sub === 'mia' ? 'Mia Öztürk' : null,
      email: null,
      password: 'x',
    });
    await accounts.setMembership('acme', sub, sub === 'olivia' ? 'owner' : 'member');
  }
  const world: Omit<MachinesWorld, 'machines' | 'enrol' | 'report' | 'restart' | 'close'> = {
    ...{ database, now: 1_800_000_000_000, revisions: { current: 8, due: 7 }, alerts: [], activity: [] },
  };
  const create = async (): Promise<Machines> => {
    const machines = createMachines({
      ...{
        database,
        facts: createFacts(database),
        config: MachinesConfig.parse(config),
        issuer: HUB,
        random: randomBytes,
      },
      access: {
        revision: async () => world.revisions.current,
        newestAt: async () => world.revisions.due,
        switches: async () => ({ enabled: true, mode: 'enforce' }),
      },
      record: async (_org, actor, action, details) =>
        void world.activity.push({ actor, action, changes: details.map((one) => String(detailIn('en', one))) }),
      alert: async (_org, alert) => void world.alerts.push(alert),
      now: () => world.now,
    });
    await machines.ready();
    return machines;
  };
  const whole: MachinesWorld = Object.assign(world, {
    machines: await create(),
    restart: async () => {
      whole.machines = await create();
    },
    enrol: async (...ids: string[]) => void (await whole.machines.enrol('acme', OWNER, ids.map(thumbprint))),
    report: async (
      id: string,
      claims: Partial<ReceiptClaims> = {},
      { sub = 'mia', hosts }: { sub?: string; hosts?: HostUse[] } = {},
    ) => {
      const { nonce } = await whole.machines.nonce('acme', sub);
      const iss = thumbprint(id);
      const machine = `6f1a0f0e-5b1c-4a58-9d4e-${Buffer.from(id.padEnd(6, '0')).toString('hex').slice(0, 12)}`;
      const signed = enforcingClaims(Math.floor(world.now / 1000), { iss, machine, nonce, revision: 8, ...claims });
      const unsigned = { system: 'Debian GNU/Linux 12', agentVersion: '0.1.0', caveats: ['engine-socket'] };
      return whole.machines.report('acme', sub, signed, hosts === undefined ? unsigned : { ...unsigned, hosts });
    },
    close: () => test.close(),
  });
  return whole;
}
