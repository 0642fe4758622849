import { GatewayConfig } from '../../../shared/schemas/control-schema.ts';
import { badConfig, readConfigFile } from '../../platform/fs/config-file.ts';
import { parseSocketAddress } from '../../platform/net/socket-address.ts';

const DOCUMENTATION = 'docs/gateway.md';

/** Reads `--config FILE`. @throws ProblemError `bad-config`, with the file and the first fault. */
export async function readGatewayConfig(file: string): Promise<GatewayConfig> {
  const config = await readConfigFile(file, GatewayConfig, DOCUMENTATION);
  for (const text of [...config.dns.engine, ...config.dns.workload]) {
    // An answer must come from the address that was asked, which a wildcard socket cannot ensure.
    if (['0.0.0.0', '::'].includes(parseSocketAddress(text).host)) {
      throw badConfig(file, `dns: ${text} is a wildcard; list each address instead`, DOCUMENTATION);
    }
  }
  if (config.user !== undefined && config.log !== undefined) {
    throw badConfig(
      file,
      'log: cannot be combined with user, who could not rotate the file; without it, the log goes to standard error',
      DOCUMENTATION,
    );
  }
  return config;
}
