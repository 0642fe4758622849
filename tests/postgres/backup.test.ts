import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CreatedToken } from '../../shared/schemas/hub/tokens.ts';
import { WebhookList, WebhookSecret } from '../../shared/schemas/hub/webhooks.ts';
import { CLI } from '../support/command-line.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { testServer } from '../support/hub-database.ts';
import { peopleClient, setPassword } from '../support/hub-people.ts';
import { createTestDatabase, dropTestDatabase, postgresPrograms, writeHubKey } from '../support/postgres.ts';

// The guide's own commands, on a real server, as an administrator would type them.

const GUIDE = join(import.meta.dirname, '../../docs/install-hub.md');
const server = testServer() ?? '';
const run = promisify(execFile);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let hub: TestHub;
let gateway: TestGateway;
beforeAll(async () => {
  database = await createTestDatabase(server);
  const keyFile = join(server, `${database.name}.key`);
  writeHubKey(keyFile);
  hub = await startHub({ database: database.url, keyFile });
  gateway = await startGateway({ settings: { hub: hub.url, policyKeys: await hub.policyKeys() } });
});
afterAll(async () => {
  await gateway?.stop();
  await hub?.stop();
  await dropTestDatabase(server, database.name);
});

/** Runs commands of the guide where they find this server, and with its database in place of the guide's. */
function shell(commands: string): Promise<unknown> {
  const PATH = [postgresPrograms() ?? '', process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH, PGHOST: server, PGUSER: 'hub' };
  const ours = commands.replaceAll(/\bportcullis\b/g, database.name).replaceAll('hub.dump', join(server, 'hub.dump'));
  return run('bash', ['-e', '-c', ours], { env });
}

async function guide(): Promise<{ dump: string; restore: string }> {
  const text = await readFile(GUIDE, 'utf8');
  const section = text.slice(text.indexOf('### Backup of PostgreSQL'));
  const dump = /^`(pg_dump [^`]+)`/m.exec(section)?.[1];
  const restore = /```sh\n([^`]+)```/.exec(section)?.[1];
  if (dump === undefined || restore === undefined) throw new Error('the guide has no such commands any more');
  return { dump, restore };
}

/** What an agent does: fetches both documents and programs the gateway with them. */
async function sync(): Promise<number> {
  const headers = { authorization: `Bearer ${await hub.signIn('mia')}` };
  const document = async (path: string) => (await fetch(`${hub.url}/v1/orgs/acme/${path}`, { headers })).text();
  return (await gateway.programTexts(await document('registry-access'), await document('membership'))).revision;
}

it('brings the hub back as it was, without what was ended since, and machines by the way that the guide names', async () => {
  const { dump, restore } = await guide();
  const keys = await hub.policyKeys();
  const member = peopleClient(hub, 'acme', await hub.signIn('mia'));
  const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  const token = await olivia.get(CreatedToken, 'POST', 'tokens', { name: 'pipeline', rights: 'read', days: 1 });
  const pipeline = peopleClient(hub, 'acme', token.token);
  const link = (await olivia.invite('ann')).invitation?.url ?? '';
  const hook = { name: 'chat', url: 'https://127.0.0.1/', events: ['settings.changed'] };
  await olivia.get(WebhookSecret, 'POST', 'webhooks', hook);
  const { revision } = await hub.putSettings('acme', { contact: 'in the backup' });
  await shell(dump);

  expect(await olivia.outcome('DELETE', `tokens/${token.id}`)).toBe('204');
  expect(await setPassword(link)).toMatchObject({ status: 200 });
  await hub.putSettings('acme', { contact: 'after it' });
  expect(await sync()).toBe(revision + 1);

  await hub.halt();
  await shell(restore);
  await hub.start();
  expect(await hub.policyKeys()).toEqual(keys);
  expect(await member.outcome('GET', 'membership')).toMatch(/^401 /);
  expect(await pipeline.outcome('GET', 'registry-access/settings')).toBe('401 pipeline-token-invalid');
  expect((await fetch(link)).status).toBe(404);
  const again = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  expect((await again.get(WebhookList, 'GET', 'webhooks')).items).toMatchObject([{ enabled: false, deliveries: [] }]);

  await expect(sync()).rejects.toMatchObject({ problem: { code: 'policy-rollback' } });
  expect((await hub.putSettings('acme', { contact: 'once more' })).revision).toBe(revision + 1);
  await expect(sync()).rejects.toMatchObject({ problem: { code: 'policy-equivocation' } });
  const reset = ['gateway', 'reset-revision', '--org', 'acme', '--config', gateway.configFile];
  await run(process.execPath, [CLI, ...reset]);
  expect(await sync()).toBe(revision + 1);
});
