import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type BackgroundProcess, endingWithUs, startProcess, waitFor } from '../support/background-process.ts';
import { processorSeconds } from '../support/process-figures.ts';
import { OWN_ADDRESS } from './namespace.ts';
import { BLOB_HOST } from './world.ts';

/** Where the blob is read from; the port that an allowed host has if its line names none. */
const SOURCE = `${OWN_ADDRESS}:443`;
const BARE_TUNNEL = '127.0.0.1:7000';
/** What socat is fastest with; with its default of 8 KiB it needs twice the processor time. */
const SOCAT_BUFFER = ['-b', '262144'];

export interface Carried {
  gigabytesPerSecond: number;
  /** Seconds of the tunnel's processor time per GB (10^9 bytes). */
  processorPerGigabyte: number;
}

/** A server that says `bytes` zeros to whoever connects, and a tunnel to it that is nothing else. */
export async function startBlob(bytes: number): Promise<{ bare: BackgroundProcess; stop(): Promise<void> }> {
  const [host, port] = SOURCE.split(':');
  const source = await startProcess([
    ...['socat', '-u', ...SOCAT_BUFFER, `OPEN:/dev/zero,readbytes=${bytes}`],
    `TCP-LISTEN:${port},bind=${host},fork,reuseaddr`,
  ]);
  const [tunnelHost, tunnelPort] = BARE_TUNNEL.split(':');
  const bare = await startProcess([
    ...['socat', ...SOCAT_BUFFER, `TCP-LISTEN:${tunnelPort},bind=${tunnelHost},fork,reuseaddr`],
    `TCP:${SOURCE}`,
  ]);
  return {
    bare,
    async stop() {
      await bare.stop();
      await source.stop();
    },
  };
}

export function throughBareTunnel(pid: number, bytes: number): Promise<Carried> {
  return carry(`TCP:${BARE_TUNNEL},retry=20,interval=0.1`, pid, bytes);
}

export function throughProxy(proxy: string, pid: number, bytes: number): Promise<Carried> {
  const [host, port] = proxy.split(':');
  return carry(`PROXY:${host}:${BLOB_HOST}:443,proxyport=${port}`, pid, bytes);
}

async function carry(from: string, pid: number, bytes: number): Promise<Carried> {
  const before = processorSeconds(pid);
  const [file, ...args] = endingWithUs(['socat', '-u', ...SOCAT_BUFFER, from, 'OPEN:/dev/null,wronly']);
  const start = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number];
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`no blob from ${from}`);
  // A forked socat counts once it has been waited for.
  await waitFor('processor time', () => processorSeconds(pid) > before);
  return {
    gigabytesPerSecond: bytes / 1e9 / seconds,
    processorPerGigabyte: (processorSeconds(pid) - before) / (bytes / 1e9),
  };
}
