import { idTokenTermsOf } from '../../../shared/policy/id-token.ts';
import type { ManagedConfigSource } from '../../managed-config/managed-config.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { fetchProviderKeys } from './fetch-provider-keys.ts';
import type { OutboundParts } from './get-json.ts';
import type { PolicyController } from './policy-controller.ts';
import { createProviderKeeper, type ProviderKeeper } from './provider-keeper.ts';

/** The keeper of this gateway: the keys go into the state that the controller keeps on disk. */
export function openProviderKeeper(parts: {
  controller: PolicyController;
  managed: ManagedConfigSource;
  outbound: OutboundParts;
  clock: Clock;
  log: Logger;
}): ProviderKeeper {
  const { controller, managed, outbound, clock, log } = parts;
  return createProviderKeeper({
    ...{ clock, now: controller.now, random: Math.random, log: log.child({ part: 'provider-keys' }) },
    issuer: () => idTokenTermsOf(managed.current().settings)?.issuer ?? null,
    known: controller.providerKeys,
    publish: (issuer, keys) => controller.publishKeys(issuer, keys),
    // Loaded at the first fetch: most gateways have no provider, and need neither `node:https` nor the system's certificates.
    fetchKeys: async (issuer) => {
      const { createGetJson } = await import('./get-json.ts');
      return fetchProviderKeys(issuer, createGetJson(outbound));
    },
  });
}
