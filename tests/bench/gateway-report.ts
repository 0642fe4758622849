import type { PanelTimes } from './panel.ts';
import { median } from './statistics.ts';
import type { Swapped } from './swap.ts';

/** Every measurement by name, one number per round. */
export type Series = Map<string, number[]>;

export interface Results {
  denied: Series;
  alike: Series;
  allowed: Series;
  tunnels: Series;
  swapped: Swapped;
  idle: number;
  panel: PanelTimes;
  memoryAt: Record<string, number>;
}

/** How it was measured. */
export interface Terms {
  rounds: number;
  seconds: number;
  hosts: number;
  few: number;
  many: number;
  allowedRate: number;
  blobBytes: number;
}

export const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

export function sayAll(ratios: Record<string, number>): void {
  for (const [name, value] of Object.entries(ratios)) say(`  ${name.padEnd(26)}${value}`);
}

/** Prints tables and ratios. @returns all of it, for a file */
export function report(
  results: Results,
  started: Record<string, string | number>,
  { rounds, seconds, hosts, few, many, allowedRate, blobBytes }: Terms,
): Record<string, unknown> {
  const middle = (series: Series, name: string): number => median(series.get(name) ?? []);
  const ratio = (series: Series, ours: string, theirs: string): number =>
    Number((middle(series, ours) / middle(series, theirs)).toFixed(2));
  const { denied: d, alike: l, allowed: a, tunnels: t, swapped } = results;
  const p99 = { cached: ratio(a, 'portcullis.cached.p99', 'dnsmasq.cached.p99'), forwarded: 0 };
  p99.forwarded = ratio(a, 'portcullis.forwarded.p99', 'dnsmasq.forwarded.p99');
  const ratios = {
    deniedVsDnsmasq: ratio(l, 'portcullis.3.rate', 'dnsmasq.1.rate'),
    deniedOtherNamesVsDnsmasq: ratio(d, 'portcullis.3.rate', 'dnsmasq.1.rate'),
    deniedVsUnbound: ratio(d, 'portcullis.3.rate', 'unbound.3.rate'),
    deniedVsUnbound1: ratio(d, 'portcullis.1.rate', 'unbound.1.rate'),
    deniedVsDnsdist1: ratio(d, 'portcullis.1.rate', 'dnsdist.1.rate'),
    deniedVsDnsdist2: ratio(d, 'portcullis.2.rate', 'dnsdist.2.rate'),
    deniedAlikeVsDnsdist1: ratio(l, 'portcullis.1.rate', 'dnsdist.1.rate'),
    deniedAlikeVsUnbound: ratio(l, 'portcullis.3.rate', 'unbound.3.rate'),
    // The worse of the two.
    denied1mVs1k: Math.min(
      ratio(d, 'portcullis1m.2.rate', 'portcullis1k.2.rate'),
      ratio(l, 'portcullis1m.2.rate', 'portcullis1k.2.rate'),
    ),
    // The worse of the two.
    allowedP99VsDnsmasq: Math.max(p99.cached, p99.forwarded),
    proxyVsTunnel: ratio(t, 'proxy.gigabytesPerSecond', 'socat.gigabytesPerSecond'),
    swapLost: swapped.lost,
    // Of processor time per answer, which other load on the machine changes less than it does the answers per second.
    deniedProcessorVsDnsmasq: ratio(d, 'portcullis.1.processorMicros', 'dnsmasq.1.processorMicros'),
    deniedProcessorVsDnsdist1: ratio(d, 'portcullis.1.processorMicros', 'dnsdist.1.processorMicros'),
    deniedProcessorVsUnbound: ratio(d, 'portcullis.3.processorMicros', 'unbound.3.processorMicros'),
    denied1mVs1kProcessor: ratio(d, 'portcullis1m.2.processorMicros', 'portcullis1k.2.processorMicros'),
    proxyProcessorVsTunnel: ratio(t, 'proxy.processorPerGigabyte', 'socat.processorPerGigabyte'),
  };

  const row = (...cells: (string | number)[]): void => {
    say(`  ${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(38) : String(cell).padStart(13))).join(' ')}`);
  };
  const thousands = (value: number): string => `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} k/s`;
  const micros = (value: number): string => `${value.toFixed(1)} µs`;
  const millis = (value: number): string => `${value.toFixed(2)} ms`;
  say();
  say(
    `${started.cores} × ${started.processor}, ${started.memoryGiB} GiB, Linux ${started.kernel}, Node ${started.node}`,
  );
  say(`Load average before the run ${started.loadAverage}. Medians of ${rounds}, ${seconds} s each.`);
  say();
  row('Denied names', 'answers', 'processor', 'of unbound', 'if alike', 'processor', 'of unbound');
  const deniedRow = (label: string, key: string, peer?: string): void => {
    const cells = [d, l].flatMap((series) => [
      thousands(middle(series, `${key}.rate`)),
      micros(middle(series, `${key}.processorMicros`)),
      peer === undefined ? '' : ratio(series, `${key}.rate`, `${peer}.rate`),
    ]);
    row(label, ...cells);
  };
  for (const threads of [1, 2, 3]) {
    deniedRow(`portcullis, ${hosts} hosts, ${threads} threads`, `portcullis.${threads}`, `unbound.${threads}`);
    deniedRow(`unbound, ${hosts} hosts, ${threads} threads`, `unbound.${threads}`);
    if (threads < 3) deniedRow(`dnsdist, ${hosts} hosts, ${threads} threads`, `dnsdist.${threads}`);
  }
  deniedRow(`dnsmasq, ${hosts} hosts`, 'dnsmasq.1');
  deniedRow('a bare echo by the same calls, 1 thread', 'echo.1');
  deniedRow(`portcullis, ${few} hosts, 2 threads`, 'portcullis1k.2');
  deniedRow(`portcullis, ${many} hosts, 2 threads`, 'portcullis1m.2');
  say();
  row(`Allowed names at ${allowedRate}/s`, 'cached p50', 'p99', 'processor', 'forwarded p50', 'p99', 'processor');
  for (const [name, label] of [
    ['portcullis', 'portcullis'],
    ['dnsmasq', 'dnsmasq'],
    ['unbound', 'unbound'],
    ['upstream', 'the upstream itself'],
    ['echo', 'a bare echo by the same calls'],
  ] as const) {
    row(
      label,
      ...(['cached', 'forwarded'] as const).flatMap((kind) => [
        millis(middle(a, `${name}.${kind}.p50`)),
        millis(middle(a, `${name}.${kind}.p99`)),
        micros(middle(a, `${name}.${kind}.processorMicros`)),
      ]),
    );
  }
  say();
  row(`A blob of ${blobBytes / 1e9} GB`, 'speed', 'processor');
  for (const [label, key] of [
    ['through the proxy', 'proxy'],
    ['through socat', 'socat'],
  ] as const) {
    row(
      label,
      `${middle(t, `${key}.gigabytesPerSecond`).toFixed(2)} GB/s`,
      `${middle(t, `${key}.processorPerGigabyte`).toFixed(2)} s/GB`,
    );
  }
  say();
  row(`${swapped.swaps} swaps of ${many} rules`, 'lost', 'longest gap', 'of dnsmasq', 'gap before', 'in force after');
  row(
    `  of ${swapped.asked} questions`,
    swapped.lost,
    millis(swapped.longestGap),
    millis(swapped.longestGapBeside),
    millis(swapped.longestGapBefore),
    `${swapped.seconds.toFixed(1)} s`,
  );
  row('  memory, at rest and at peak', `${swapped.memoryAtRest} MiB`, `${swapped.memoryPeak} MiB`);
  row('Idle', `${results.idle.toFixed(2)} % CPU`);
  say();
  const { openToPainted, clickToPainted, savedToEnforced, savedToGreen } = results.panel;
  row('The panel', 'open', 'a click', 'saved to enforced', 'to green');
  row(
    `  median of ${openToPainted.length}, until painted`,
    ...[openToPainted, clickToPainted, savedToEnforced, savedToGreen].map((times) => `${Math.round(median(times))} ms`),
  );
  say();
  sayAll(ratios);

  const all = (series: Series): Record<string, number[]> => Object.fromEntries(series);
  return {
    ...ratios,
    allowedP99VsDnsmasqCached: p99.cached,
    allowedP99VsDnsmasqForwarded: p99.forwarded,
    allowedP50VsDnsmasqCached: ratio(a, 'portcullis.cached.p50', 'dnsmasq.cached.p50'),
    allowedP50VsDnsmasqForwarded: ratio(a, 'portcullis.forwarded.p50', 'dnsmasq.forwarded.p50'),
    panelOpenMs: median(openToPainted),
    panelClickMs: median(clickToPainted),
    savedToEnforcedMs: median(savedToEnforced),
    savedToGreenMs: median(savedToGreen),
    memoryAtRestMiB: swapped.memoryAtRest,
    memoryPeakMiB: swapped.memoryPeak,
    longestGapMs: swapped.longestGap,
    longestGapBesideMs: swapped.longestGapBeside,
    idleProcessorPercent: results.idle,
    machine: started,
    rounds,
    secondsEach: seconds,
    memoryMiB: results.memoryAt,
    swap: swapped,
    // Answers per second and microseconds, milliseconds, GB/s and s/GB: one number per round.
    denied: all(d),
    deniedAlike: all(l),
    allowed: all(a),
    blob: all(t),
    panel: results.panel,
  };
}
