import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import {
  BlockedHosts,
  type DecideRequests,
  type RequestedHost,
  RequestsDecided,
  RequestsPage,
} from '../../shared/schemas/hub/requests.ts';
import { asOwner, type OwnersHub, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printJson, printLine } from './print.ts';

export type Asked = Where & { json?: boolean };

/** @throws ProblemError of `asOwner`, as all here. */
export async function listRequests(
  { json = false, ...where }: Asked,
  { state, search = '' }: { state: 'open' | 'decided'; search?: string | undefined },
): Promise<void> {
  await asOwner(
    where,
    async (hub) => {
      const items: RequestedHost[] = [];
      for await (const row of rowsOf(hub, { state, q: search })) items.push(row);
      if (json) return printJson({ items });
      if (items.length === 0)
        printLine(state === 'open' ? 'Nobody is waiting for a registry.' : 'Nothing was decided.');
      for (const row of items) printRow(row);
    },
    json,
  );
}

export async function listBlocked({ json = false, ...where }: Asked): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(BlockedHosts, 'requests/blocked');
      if (json) return printJson(value);
      if (value.days === null) printLine('No machine reports which hosts it was blocked at ("reporting": "hosts").');
      else if (value.items.length === 0) printLine(`Nothing was blocked in ${value.days} days that nobody asks for.`);
      for (const row of value.items) printRow(row);
    },
    json,
  );
}

export async function allowRequested(
  where: Asked,
  host: string,
  {
    addresses,
    until,
    teams,
  }: { addresses?: string[] | undefined; until?: string | undefined; teams?: string[] | undefined },
): Promise<void> {
  await inHub(where, async (hub) => {
    const chosen = addresses ?? (await preselected(hub, host));
    const decision = {
      ...{ kind: 'allow' as const, addresses: chosen },
      ...(until === undefined ? {} : { until }),
      ...(teams === undefined ? {} : { teams }),
    };
    return decide(hub, host, decision, `Allowed ${chosen.join(', ')}`);
  });
}

export async function decideRequests(where: Asked, host: string, decision: DecideRequests['decision']): Promise<void> {
  const done = decision.kind === 'mirror' ? `Suggested ${decision.use} for ${host}` : `Declined ${host}`;
  await inHub(where, (hub) => decide(hub, host, decision, done));
}

async function inHub(
  { json = false, ...where }: Asked,
  work: (hub: OwnersHub) => Promise<{ value: RequestsDecided; said: string }>,
): Promise<void> {
  await asOwner(
    where,
    async (hub) => {
      const { value, said } = await work(hub);
      if (json) return printJson(value);
      const whom = value.decided === 1 ? '1 request is' : `${value.decided} requests are`;
      printLine(`${said}. ${whom} settled${value.revision === null ? '' : `, with revision ${value.revision}`}.`);
    },
    json,
  );
}

async function decide(
  { ask }: OwnersHub,
  host: string,
  decision: DecideRequests['decision'],
  said: string,
): Promise<{ value: RequestsDecided; said: string }> {
  const { value } = await ask(RequestsDecided, 'requests/decisions', { method: 'POST', body: { host, decision } });
  return { value, said };
}

/** What the hub would allow for a host by itself: nothing where an owner should look twice. @throws ProblemError */
async function preselected(hub: OwnersHub, host: string): Promise<string[]> {
  for await (const row of rowsOf(hub, { state: 'open', q: host })) {
    if (row.host !== host.trim().toLowerCase()) continue;
    const lines = row.needs.filter((need) => need.preselected).map(({ address }) => address);
    if (lines.length > 0) return lines;
    throw new ProblemError(
      problem('request-needs-address', { host: row.host, addresses: row.needs.map(({ address }) => address) }),
    );
  }
  throw new ProblemError(problem('requests-decided-meanwhile', { host }));
}

async function* rowsOf({ ask }: OwnersHub, query: Record<string, string>): AsyncGenerator<RequestedHost> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const from: Record<string, string> = cursor === '' ? {} : { cursor };
    const page: RequestsPage = (
      await ask(RequestsPage, `requests?${new URLSearchParams({ ...query, limit: '200', ...from })}`)
    ).value;
    yield* page.items;
    cursor = page.next;
  }
}

function printRow({ host, name, people, asked, needs, lookAlike, blocked, decision }: RequestedHost): void {
  const wanted = people === 0 ? '' : people === 1 ? '  1 person asks' : `  ${people} people ask`;
  const missed = blocked === null ? '' : `  blocked for ${blocked.people} people on ${blocked.machines} machines`;
  printLine(`${host}${name === undefined ? '' : ` (${name})`}${wanted}${missed}`);
  if (lookAlike !== null) printLine(`  WARNING: it is not ${lookAlike}, but looks like it.`);
  for (const { username, teams, subject, reason, at } of asked) {
    const where = teams.length === 0 ? '' : ` (${teams.join(', ')})`;
    printLine(`  ${english.time.exact(Date.parse(at))}  ${username}${where}: ${reason ?? 'no reason'}`);
    if (subject !== undefined) printLine(`    ${subject}`);
  }
  if (decision === undefined) {
    const lines = needs.map(({ address, broad, included }) =>
      [address, ...(broad ? ['broad'] : []), ...(included ? ['comes with it'] : [])].join(', '),
    );
    printLine(`  needs: ${lines.join('; ')}`);
    return;
  }
  const { kind, by, at, use, reason, until, teams } = decision;
  const limits = [until === undefined ? '' : ` until ${until}`, teams === undefined ? '' : ` for ${teams.join(', ')}`];
  const what = { allow: `allowed${limits.join('')}`, mirror: `use ${use} instead`, decline: `declined: ${reason}` }[
    kind
  ];
  printLine(`  ${what}, by ${by}, ${english.time.exact(Date.parse(at))}`);
}
