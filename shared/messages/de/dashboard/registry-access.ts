import type { RegistryAccessMessages } from '../../en/dashboard/registry-access.ts';

export const registryAccessDe: RegistryAccessMessages = {
  title: 'Registry-Zugriff',
};
