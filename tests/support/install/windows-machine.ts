import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../background-process.ts';
import { freePort } from '../free-port.ts';
import type { Wine } from './wine.ts';

export const PROGRAM = 'C:\\Program Files\\Portcullis\\portcullis.exe';
export const SYSTEM32 = 'C:\\windows\\system32';
export const DOCKER = 'HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop';
export const OURS = 'HKLM\\SOFTWARE\\Policies\\Portcullis';

/** What tests ask of a machine with Windows, in Wine. */
export interface WindowsMachine {
  wine: Wine;
  /** Below `%ProgramData%`, on this machine. */
  data(...parts: string[]): string;
  /** The values of a key, each as `TYPE data`; null where there is no such key. */
  values(key: string): Promise<Record<string, string> | null>;
  service(): Promise<{ state: string; exitCode: number; ownCode: number } | null>;
  reached(state: string): Promise<unknown>;
  /** An administrator's own gateway.json, with a port of its own. @returns the port of its DNS filter. */
  configure(): Promise<number>;
}

export function windowsMachine(wine: Wine): WindowsMachine {
  const data = (...parts: string[]) => join(wine.disk, 'ProgramData', ...parts);
  const service: WindowsMachine['service'] = async () => {
    const { code, output } = await wine.run(`${SYSTEM32}\\sc.exe query PortcullisGateway`);
    if (code !== 0) return null;
    const number = (name: string) => Number(new RegExp(`${name}\\s+: (\\d+)`).exec(output)?.[1]);
    const [, state = ''] = /STATE\s+: \d+\s+(\w+)/.exec(output) ?? [];
    return { state, exitCode: number('WIN32_EXIT_CODE'), ownCode: number('SERVICE_EXIT_CODE') };
  };
  return {
    wine,
    data,
    service,
    async values(key) {
      const { code, output } = await wine.run(`${SYSTEM32}\\reg.exe query "${key}"`);
      if (code !== 0) return null;
      const lines = output.matchAll(/^ {4}(\S+) {4}(REG_\w+ {4}.*?)\r?$/gm);
      return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value.replace('    ', ' ')]));
    },
    reached: (state) => waitFor(`the service to be ${state}`, async () => (await service())?.state === state),
    async configure() {
      if (!existsSync(data('Portcullis'))) await mkdir(data('Portcullis'));
      return writeGatewayConfig(data('Portcullis', 'gateway.json'));
    },
  };
}

/**
 * Writes a configuration of the gateway that others cannot change, on a free port.
 *
 * @returns the port
 */
export async function writeGatewayConfig(file: string, more: Record<string, unknown> = {}): Promise<number> {
  const port = await freePort();
  const config = {
    stateDir: 'C:\\ProgramData\\Portcullis\\gateway',
    control: '\\\\.\\pipe\\portcullis-gateway',
    dns: { engine: [`127.0.0.1:${port}`] },
    upstreams: ['127.0.0.1:1'],
    allowFrom: ['127.0.0.0/8'],
    ...more,
  };
  await writeFile(file, JSON.stringify(config));
  await chmod(file, 0o644);
  return port;
}

/** A log of Windows Installer, whatever it is written in. */
export async function readLog(path: string): Promise<string> {
  return (await readFile(path)).toString('latin1').replaceAll('\0', '');
}
