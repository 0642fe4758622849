import {
  type Machine,
  MachineDetails,
  type MachineSort,
  type MachineState,
  MachinesPage,
  SHORT_ID_LENGTH,
} from '../../shared/schemas/hub/machines.ts';
import { ReceiptClaims } from '../../shared/schemas/receipt.ts';
import { asOwner, type OwnersHub, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printColumns, printJson, printLine, printTable } from './print.ts';

export type Asked = Where & { json?: boolean };

export interface MachineFilter {
  state?: MachineState | undefined;
  search?: string | undefined;
  sort?: MachineSort | undefined;
}

const PAGE = 500;

/** @throws ProblemError of `asOwner`, as all here. */
export async function listMachines({ json = false, ...where }: Asked, filter: MachineFilter): Promise<void> {
  await asOwner(
    where,
    async (hub) => {
      const items: Machine[] = [];
      for await (const machine of machinesOf(hub, filter)) items.push(machine);
      if (json) return printJson({ items });
      if (items.length === 0) return printLine('No machine matches.');
      printColumns(
        items.map(({ id, state, person, lastReceipt, missing }) => [
          id.slice(0, SHORT_ID_LENGTH),
          state,
          person?.username ?? '-',
          lastReceipt === null ? 'never reported' : english.time.exact(Date.parse(lastReceipt)),
          missing[0]?.message ?? '',
        ]),
      );
    },
    json,
  );
}

async function* machinesOf(
  hub: OwnersHub,
  { state, search = '', sort = 'state' }: MachineFilter,
): AsyncGenerator<Machine> {
  let cursor = '';
  for (;;) {
    const query = new URLSearchParams({ q: search, sort, limit: String(PAGE), cursor });
    if (state !== undefined) query.set('state', state);
    const { value } = await hub.ask(MachinesPage, `machines?${query}`);
    yield* value.items;
    if (value.next === null) return;
    cursor = value.next;
  }
}

/** @param identifier a thumbprint, or the 12 or more characters that it begins with */
export async function showMachine({ json = false, ...where }: Asked, identifier: string): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(MachineDetails, `machines/${encodeURIComponent(identifier)}`);
      if (json) printJson(value);
      else printMachine(value);
    },
    json,
  );
}

function printMachine(machine: MachineDetails): void {
  const { id, state, missing, enrolled, lastReceipt, people, unsigned } = machine;
  const time = (at: string | null): string => (at === null ? 'never' : english.time.exact(Date.parse(at)));
  const claims = ReceiptClaims.safeParse(machine.receipt).data;
  printTable([
    ['Thumbprint', id],
    ['State', state],
    ['Enrolled', enrolled === null ? 'no' : `${time(enrolled.at)} by ${enrolled.by}, by ${enrolled.how}`],
    ['Last receipt', time(lastReceipt)],
    ['Reported by', people.length === 0 ? null : people.map(({ username }) => username).join(', ')],
    ['In force', claims === undefined ? null : inForce(claims)],
    ['Gateway', claims === undefined ? null : `${claims.version}, account ${claims.account}, ${claims.place}`],
    ['Engines', claims === undefined ? null : engines(claims)],
    ['Not signed', unsigned === null ? null : `${unsigned.system}, agent ${unsigned.agentVersion}`],
  ]);
  for (const { code, message, next } of missing) {
    printLine();
    printLine(`${message} [${code}]`);
    if (next !== undefined) printLine(`  ${next}`);
  }
}

function inForce({ effective: { kind, reason }, revision }: ReceiptClaims): string {
  if (kind === 'policy') return revision === null ? 'the policy of another organization' : `revision ${revision}`;
  return `${kind === 'deny' ? 'all pulls are blocked' : 'nothing is blocked'} (${reason ?? 'unknown'})`;
}

function engines({ attachment }: ReceiptClaims): string {
  if (attachment === null) return 'none attached';
  if (attachment.kind === 'unknown') return 'audit missing';
  return attachment.engines.map(({ id, hold, running }) => `${id}: ${hold}${running ? '' : ', stopped'}`).join('; ');
}
