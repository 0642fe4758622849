import { GatewayConfig } from '../../../shared/schemas/control-schema.ts';
import { type ConfigFault, readConfigFile } from '../../platform/fs/config-file.ts';
import { parseSocketAddress } from '../../platform/net/socket-address.ts';

/** Reads `--config FILE`. @throws ProblemError `bad-config`, with the file and the first fault. */
export function readGatewayConfig(file: string): Promise<GatewayConfig> {
  return readConfigFile(file, GatewayConfig, 'docs/gateway.md', faultIn);
}

function faultIn({ dns, user, log }: GatewayConfig): ConfigFault | null {
  for (const view of ['engine', 'workload'] as const) {
    // An answer must come from the address that was asked, which a wildcard socket cannot ensure.
    const index = dns[view].findIndex((text) => ['0.0.0.0', '::'].includes(parseSocketAddress(text).host));
    if (index >= 0) return { path: ['dns', view, index], fault: 'is a wildcard; list each address instead' };
  }
  if (user === undefined || log === undefined) return null;
  return {
    path: ['log'],
    fault: 'cannot be combined with "user", who could not rotate the file; without it, the log goes to standard error',
  };
}
