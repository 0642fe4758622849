import { equalIgnoringCase, type QueryRegistry } from '../../../managed-config/reg-query.ts';

const POLICIES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\WSL';

/** What WSL's own policies say of the containers that Windows runs without a distribution (`wslc`), past every filter of ours. */
export type WslContainers =
  | { kind: 'forbidden' }
  /** An empty list and none at all are the same to WSL. */
  | { kind: 'open' }
  | { kind: 'listed'; registries: string[] };

/** @returns null where the registry does not say. */
export async function readWslContainers(query: QueryRegistry): Promise<WslContainers | null> {
  const policies = await query(POLICIES);
  if (policies.kind === 'failed') return null;
  if (policies.kind === 'absent') return { kind: 'open' };
  const allow = policies.values.find(({ name }) => equalIgnoringCase(name, 'AllowWSLContainer'));
  if (allow?.type === 'REG_DWORD' && Number(allow.data) === 0) return { kind: 'forbidden' };
  const list = await query(`${POLICIES}\\WSLContainerRegistryAllowlist`);
  if (list.kind === 'failed') return null;
  const registries = list.kind === 'absent' ? [] : list.values.flatMap(({ name, data }) => (name === '' ? [] : [data]));
  return registries.length === 0 ? { kind: 'open' } : { kind: 'listed', registries };
}
