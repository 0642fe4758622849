import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { shortId } from '../../shared/schemas/receipt.ts';
import { statusAt } from './gateway-status.ts';
import { printJson, printLine } from './print.ts';
import { thisGateway } from './this-gateway.ts';

/**
 * `portcullis gateway identity`: what device management collects to enrol a machine. As root, only a gateway of root's is asked.
 *
 * @throws ProblemError as `askGateway`, and the reason where the gateway has no identity.
 */
export async function printGatewayIdentity(config: string | undefined, json: boolean): Promise<void> {
  const { identity, problems } = await statusAt(await thisGateway(config));
  if (identity === null) {
    const why = problems.find(({ code }) => code === 'identity-damaged' || code === 'cannot-write');
    throw new ProblemError(why ?? problem('receipt-no-identity'));
  }
  const { jkt, machineId } = identity;
  if (json) return printJson({ jkt, shortId: shortId(jkt), machineId });
  // Nothing else, so that a script can collect it as it is.
  printLine(jkt);
}
