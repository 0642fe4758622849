import type { RegistryAccessSettings } from '../../../../shared/schemas/hub-schema.ts';

/** What an owner should know before a save, because it is far more than the change looks like. */
export type Warning = 'docker-hub' | 'nothing-allowed' | 'switched-off' | 'only-audit';

const DOCKER_HUB = ['docker.io', 'registry-1.docker.io', 'index.docker.io'];

export function warningsOf(before: RegistryAccessSettings, after: RegistryAccessSettings): Warning[] {
  const warnings: Warning[] = [];
  if (before.enabled && !after.enabled) return ['switched-off'];
  const blocks = after.enabled && after.mode === 'enforce';
  if (before.enabled && before.mode === 'enforce' && after.enabled && !blocks) warnings.push('only-audit');
  const has = ({ registries }: RegistryAccessSettings): boolean =>
    registries.some(({ address }) => DOCKER_HUB.includes(address));
  if (after.enabled && after.registries.length === 0 && (after.grants ?? []).length === 0)
    return blocks ? [...warnings, 'nothing-allowed'] : warnings;
  if (blocks && has(before) && !has(after)) warnings.push('docker-hub');
  return warnings;
}
