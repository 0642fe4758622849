import { sign } from 'node:crypto';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { RECEIPT_TYP } from '../../../shared/schemas/receipt.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { GatewayIdentity } from '../identity/gateway-identity.ts';
import { type ReceiptConstants, type ReceiptRequest, type ReceiptState, receiptClaims } from './receipt-claims.ts';
import { createReceiptRate } from './receipt-rate.ts';

export interface ReceiptsParts {
  identity: GatewayIdentity | null;
  constants: Omit<ReceiptConstants, 'jkt' | 'machineId'>;
  /** Of the moment. @param jkt of the key that signs */
  state: (request: ReceiptRequest, jkt: string) => ReceiptState;
  clock: Pick<Clock, 'wall' | 'monotonic'>;
}

/**
 * Signs what this gateway enforces now.
 *
 * @param connection of whoever asks: each has its own limit.
 * @throws ProblemError `receipt-no-identity`, `receipt-too-often`
 */
export type SignReceipt = (request: ReceiptRequest, connection: object) => { receipt: string };

export function createReceipts({ identity, constants, state, clock }: ReceiptsParts): SignReceipt {
  const may = createReceiptRate(clock);
  return (request, connection) => {
    if (identity === null) throw new ProblemError(problem('receipt-no-identity'));
    if (!may(connection)) throw new ProblemError(problem('receipt-too-often'));
    const { jkt, machineId, publicKey, key } = identity;
    const claims = receiptClaims(
      { ...constants, jkt, machineId },
      state(request, jkt),
      request,
      Math.floor(clock.wall() / 1000),
    );
    const signed = [{ alg: 'ES256', typ: RECEIPT_TYP, jwk: publicKey }, claims].map(base64url).join('.');
    // RFC 7518 section 3.4: the two numbers side by side.
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return { receipt: `${signed}.${signature.toString('base64url')}` };
  };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
