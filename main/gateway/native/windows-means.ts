import type { WindowsMeans } from '../../managed-config/locations.ts';
import { nativeRule, openFolderSecurity } from './windows-folder.ts';
import { openRegistry, queryBy } from './windows-registry.ts';

/** How registry and access lists are read by calls instead of programs; undefined where koffi is missing, and except on Windows. */
export async function windowsMeans(): Promise<WindowsMeans | undefined> {
  const [registry, security] = await Promise.all([openRegistry(), openFolderSecurity()]);
  return registry === null || security === null ? undefined : { query: queryBy(registry), rule: nativeRule(security) };
}
