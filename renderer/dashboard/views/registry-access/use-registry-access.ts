import { useMemo } from 'react';
import type { Dashboard } from '../../dashboard.ts';
import { type Organization, useKept } from '../../hooks.ts';
import { type Draft, settingsWith } from '../../stores/draft.ts';
import { createRegistryAccess, type RegistryAccess, type Saved } from '../../stores/registry-access.ts';
import type { Listing } from './describe-address.ts';

export function useRegistryAccess(): RegistryAccess {
  return useKept('registry-access', create);
}

function create({ api, drafts, session, setUnsaved }: Dashboard, { name }: Organization): RegistryAccess {
  const current = session.getState();
  return createRegistryAccess({
    api,
    drafts,
    organization: name,
    sub: current.kind === 'signed-in' ? current.me.sub : '',
    setUnsaved: (unsaved) => setUnsaved(`${name} registry-access`, unsaved),
  });
}

/** The list as it would be saved. */
export function useListing(saved: Saved, draft: Draft): Listing {
  return useMemo(() => {
    const addresses = new Set(settingsWith(saved, draft).registries.map(({ address }) => address));
    return { has: (address) => addresses.has(address), addresses: () => addresses };
  }, [saved, draft]);
}
