import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endingWithUs } from '../support/background-process.ts';
import { processorSeconds } from '../support/process-figures.ts';

export interface Load {
  /** `host:port`. */
  server: string;
  /** The server's process. */
  pid: number;
  questions: string;
  /** At most; ended sooner by `until`. */
  seconds: number;
  until?: AbortSignal;
  /** Questions per second; as many as it can take if not given. */
  rate?: number;
  /** Keep each question's latency. Costs dnsperf time, so not for full load. */
  latencies?: boolean;
}

export interface Loaded {
  /** Answers per second. */
  rate: number;
  sent: number;
  lost: number;
  rcodes: Record<string, number>;
  /** Microseconds of the server's processor time per answer. */
  processorMicros: number;
  /** Milliseconds. */
  longest: number;
  /** Milliseconds, ascending; empty unless asked for. */
  latencies: Float64Array;
}

/**
 * Asks from sixteen ports on two threads, so that the kernel has something to deal out to a server's threads; with EDNS, as
 * engines ask. No more is under way at once than a socket's usual buffer holds, or servers would be judged by their buffers.
 */
export async function dnsperf(load: Load): Promise<Loaded> {
  const [host = '', port = ''] = load.server.split(':');
  const command = ['dnsperf', '-s', host, '-p', port, '-d', load.questions, '-l', String(load.seconds), '-e'];
  command.push('-c', '16', '-T', '2', '-q', '120');
  if (load.rate !== undefined) command.push('-Q', String(load.rate));
  if (load.latencies) command.push('-v');
  const [file, ...args] = endingWithUs(command);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => {
    child.kill('SIGINT');
  };
  load.until?.addEventListener('abort', stop, { once: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const before = processorSeconds(load.pid);
  const [code] = (await once(child, 'close')) as [number];
  load.until?.removeEventListener('abort', stop);
  const used = processorSeconds(load.pid) - before;
  const figure = (pattern: RegExp): number => {
    const found = pattern.exec(output);
    if (code !== 0 || !found) throw new Error(`dnsperf failed (${code}):\n${output.slice(-2000)}`);
    return Number(found[1]);
  };
  const rcodes = /Response codes: +(.*)/.exec(output)?.[1] ?? '';
  const latencies = load.latencies ? output.matchAll(/^> .* ([\d.]+)$/gm) : [];
  return {
    rate: figure(/Queries per second: +([\d.]+)/),
    sent: figure(/Queries sent: +(\d+)/),
    lost: figure(/Queries lost: +(\d+)/),
    rcodes: Object.fromEntries([...rcodes.matchAll(/([A-Z]+) (\d+)/g)].map(([, name, count]) => [name, Number(count)])),
    processorMicros: (used / figure(/Queries completed: +(\d+)/)) * 1e6,
    longest: figure(/Average Latency.*max ([\d.]+)/) * 1000,
    latencies: Float64Array.from(latencies, ([, seconds]) => Number(seconds) * 1000).sort(),
  };
}
