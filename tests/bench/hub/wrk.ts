import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endingWithUs } from '../../support/background-process.ts';
import { fineProcessorSeconds } from '../../support/process-figures.ts';

export interface Asked {
  /** Answers per second. */
  rate: number;
  /** Microseconds of the server's processor time per answer. */
  processorMicros: number;
  /** Milliseconds. */
  median: number;
  p99: number;
}

export interface Asking {
  url: string;
  headers: Record<string, string>;
  seconds: number;
  /** The server's processes: their processor time is counted. */
  pids: readonly number[];
  /** The core that wrk may use. */
  core: number;
}

/** Asks over sixteen connections, as fast as they are answered. @throws if any answer is an error */
export async function wrk({ url, headers, seconds, pids, core }: Asking): Promise<Asked> {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const command = ['taskset', '-c', String(core), 'wrk', '-t1', '-c16', `-d${seconds}s`, '--latency', ...given, url];
  const [file, ...args] = endingWithUs(command);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const used = (): number => pids.reduce((sum, pid) => sum + fineProcessorSeconds(pid), 0);
  const before = used();
  const [code] = (await once(child, 'close')) as [number];
  const processor = used() - before;
  const answers = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (code !== 0 || !(answers > 0) || output.includes('Non-2xx')) throw new Error(`wrk: ${output}`);
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]),
    processorMicros: (processor / answers) * 1e6,
    median: milliseconds(/50%\s+(\S+)/.exec(output)?.[1]),
    p99: milliseconds(/99%\s+(\S+)/.exec(output)?.[1]),
  };
}

/** wrk's `1.25ms`, `830.00us` or `1.02s`. */
function milliseconds(text = ''): number {
  const [, value = '', unit = ''] = /^([\d.]+)(us|ms|s)$/.exec(text) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1_000, m: 60_000 }[unit] ?? Number.NaN);
}
