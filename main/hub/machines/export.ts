import { CSV_START, csvRecord } from '../../../shared/lists/csv-record.ts';
import { type Machine, type MachinesQuery, SHORT_ID_LENGTH } from '../../../shared/schemas/hub/machines.ts';
import type { MachineList } from './machine-list.ts';
import type { Measure } from './state.ts';

/** What is in memory at a time. */
const BATCH = 500;
const HEADER = [
  ...['identifier', 'state', 'missing', 'next', 'last receipt', 'person', 'revision', 'version', 'enrolled', 'cloned'],
  ...['system (not signed)', 'agent (not signed)', 'thumbprint'],
];

/** All machines that fit, as the parts of a CSV file. */
export async function* exportedMachines(
  list: Pick<MachineList, 'page'>,
  org: string,
  query: MachinesQuery,
  measure: Measure,
): AsyncGenerator<string> {
  yield CSV_START + csvRecord(HEADER);
  let cursor: string | null = '';
  do {
    const page = await list.page(org, { ...query, limit: BATCH, cursor }, measure);
    yield page.items.map(asRecord).join('');
    cursor = page.next;
  } while (cursor !== null);
}

function asRecord(machine: Machine): string {
  const { id, state, missing, lastReceipt, person, revision, version, enrolled, cloned, unsigned } = machine;
  return csvRecord([
    ...[id.slice(0, SHORT_ID_LENGTH), state, missing.map(({ message }) => message).join('\n')],
    ...[missing.map(({ next }) => next ?? '').join('\n'), lastReceipt ?? '', person?.username ?? '', revision ?? ''],
    ...[version ?? '', enrolled?.at ?? '', cloned ? 'yes' : 'no', unsigned?.system ?? '', unsigned?.agentVersion ?? ''],
    id,
  ]);
}
