import { isForbiddenTarget } from '../../platform/net/forbidden-target.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { FoundAddress } from '../dns/resolve-addresses.ts';
import type { ProxyContext } from './proxy-core.ts';

export interface UsableAddresses {
  /** Where a tunnel may lead. */
  usable: FoundAddress[];
  /** The host has no address at all. */
  isUnknown: boolean;
  /** An address of this machine among those that were left out, which a policy may list. */
  own: string | undefined;
}

/**
 * The addresses of a name that a tunnel may lead to. `dial` and `explain` both ask here, so that they say the same. One that is
 * listed by address is not looked up, and may be of this machine.
 * @throws with code EAI_AGAIN where no resolver answered
 */
export async function usableAddresses(
  { lookUp, ownListeners, isOwnAddress }: Pick<ProxyContext, 'lookUp' | 'ownListeners' | 'isOwnAddress'>,
  { host, port }: SocketAddress,
): Promise<UsableAddresses> {
  const found = await lookUp(host);
  const permitted = found.filter(({ address }) => !isForbiddenTarget(address, port, ownListeners()));
  return {
    usable: permitted.filter(({ address }) => !isOwnAddress(address)),
    isUnknown: found.length === 0,
    own: permitted.find(({ address }) => isOwnAddress(address))?.address,
  };
}
