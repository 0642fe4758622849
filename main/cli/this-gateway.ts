import { access, readFile } from 'node:fs/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { demoFolder } from '../platform/fs/places.ts';
import { findGateway, type GatewayPlace, type GatewaySurroundings, placeOf } from './gateway-place.ts';

const here: GatewaySurroundings = {
  platform: process.platform,
  env: process.env,
  demoFolder: demoFolder(),
  exists: (path) =>
    access(path).then(
      () => true,
      // It is there, and not for us.
      (error: NodeJS.ErrnoException) => error.code === 'EACCES',
    ),
  read: (path) => readFile(path, 'utf8').catch(() => null),
};

/**
 * The gateway of the configuration `file`, or of this machine.
 *
 * @throws ProblemError `gateway-not-installed`, `config-not-found`, `bad-config`.
 */
export async function thisGateway(file?: string): Promise<GatewayPlace> {
  if (file !== undefined) {
    const { readGatewayConfig } = await import('../gateway/service/gateway-config.ts');
    return placeOf(file, (await readGatewayConfig(file)).control, here);
  }
  const place = await findGateway(here);
  if (place === null) throw new ProblemError(problem('gateway-not-installed'));
  return place;
}
