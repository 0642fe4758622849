import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ActivityPage, HubError } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type SyslogReceiver, tcpSyslogReceiver } from '../../support/syslog-receiver.ts';

let hub: TestHub;
let olivia: string;
let receiver: SyslogReceiver;
beforeAll(async () => {
  receiver = await tcpSyslogReceiver();
  hub = await startHub({ syslog: { host: '127.0.0.1', port: receiver.port, protocol: 'tcp' } });
  olivia = await hub.signIn('olivia');
  await hub.putSettings('acme', { registries: [{ address: 'docker.io' }, { address: 'ghcr.io', nickname: '=1+1' }] });
  await hub.putSettings('acme', { mode: 'audit' });
});
afterAll(async () => {
  await hub.stop();
  await receiver.close();
});

const call = (path: string): Promise<Response> =>
  fetch(`${hub.url}/v1/orgs/acme/activity${path}`, { headers: { authorization: `Bearer ${olivia}` } });

describe('the activity', () => {
  it('is filtered by the query', async () => {
    const added = ActivityPage.parse(await (await call('?change=added&actor=olivia&q=GHCR')).json());
    expect(added.items).toMatchObject([
      { diff: [{ kind: 'renamed' }, { kind: 'added', address: 'ghcr.io', nickname: '=1+1' }] },
    ]);
    const none = ActivityPage.parse(await (await call('?change=added&to=2020-01-01T00:00:00Z')).json());
    expect(none).toEqual({ items: [], next: null });
  });

  it.each([
    ['?from=yesterday', 'filter-invalid', 'from'],
    ['?change=everything', 'filter-invalid', 'change'],
    ['?action=x%20y', 'filter-invalid', 'action'],
    ['/export?format=csv&to=1', 'filter-invalid', 'to'],
    ['/export', 'export-format-invalid', ''],
    ['/export?format=xlsx', 'export-format-invalid', ''],
  ])('%s answers 400', async (query, code, name) => {
    const answer = await call(query);
    expect(answer.status).toBe(400);
    expect(HubError.parse(await answer.json())).toMatchObject({ code, ...(name === '' ? {} : { args: { name } }) });
  });

  it('is exported as a CSV file that no spreadsheet runs, and as JSON lines', async () => {
    const csv = await call('/export?format=csv&change=added');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="activity-acme.csv"');
    const text = await csv.text();
    expect(text).toContain('added ghcr.io (=1+1)');
    expect(text).not.toMatch(/(?:^|,)"?=/m);

    const lines = (await (await call('/export?format=jsonl')).text()).trimEnd().split('\n');
    const page = ActivityPage.parse(await (await call('?limit=200')).json());
    expect(lines.map((line) => JSON.parse(line))).toEqual(page.items);
  });

  it('is sent to a syslog receiver', async () => {
    await vi.waitFor(
      () => {
        const sent = receiver.lines.map(({ text }) => JSON.parse(text));
        expect(sent).toContainEqual(
          expect.objectContaining({ org: 'acme', actor: 'olivia', changes: ['switched to audit'] }),
        );
      },
      { timeout: 60_000 },
    );
  });
});
