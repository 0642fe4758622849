import { dirname, resolve } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import { demoFolder } from '../platform/fs/places.ts';
import { shellQuoted } from '../platform/process/shell-quoted.ts';
import { type GatewayPlace, SYSTEM_CONFIG } from './gateway-place.ts';

/** Nobody listens at its socket. */
export function stoppedProblem(place: GatewayPlace, cause: string): Problem {
  return problem('gateway-stopped', { command: startOf(place) }, { cause });
}

/** Somebody listens at its socket, and says nothing. */
export function silentProblem(place: GatewayPlace, platform: NodeJS.Platform, cause: string): Problem {
  const { config, keptBy } = place;
  if (keptBy === 'systemd') {
    // A gateway that hangs does not stop when it is asked to, and systemd would wait for that for 90 seconds.
    const command = 'sudo systemctl kill --signal=KILL portcullis-gateway';
    return problem('gateway-silent', { command, keptBy }, { cause });
  }
  if (keptBy === 'windows') {
    return problem('gateway-silent', { command: 'taskkill /F /FI "SERVICES eq PortcullisGateway"', keptBy }, { cause });
  }
  const process = `gateway run${config === null ? '' : ` --config ${config}`}`.replaceAll(/[\\^$*+?()[\]{}|]/g, '\\$&');
  const command = platform === 'win32' ? 'taskmgr' : `${sudoFor(config)}pkill -KILL -f ${shellQuoted(process)}`;
  return problem('gateway-silent', { command, keptBy }, { cause });
}

function startOf({ config, keptBy }: GatewayPlace): string {
  switch (keptBy) {
    case 'systemd':
      return 'sudo systemctl restart portcullis-gateway';
    case 'windows':
      return 'sc start PortcullisGateway';
    case 'demo': {
      const folder = config === null ? demoFolder() : dirname(config);
      return folder === resolve(demoFolder()) ? 'npm start' : `npm start -- --folder ${shellQuoted(folder)}`;
    }
    case 'nobody':
      return `${sudoFor(config)}portcullis gateway run --config ${shellQuoted(config ?? SYSTEM_CONFIG)}`;
  }
}

/** An administrator's gateway was started by root. */
function sudoFor(config: string | null): string {
  return config === null || config === SYSTEM_CONFIG ? 'sudo ' : '';
}
