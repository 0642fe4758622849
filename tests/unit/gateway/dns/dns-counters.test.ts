import { expect, it } from 'vitest';
import { DNS_COUNTERS, DnsCounters, sumCounters } from '../../../../main/gateway/dns/dns-counters.ts';

it('shows another thread each counter by its name', () => {
  const memory = DnsCounters.allocate();
  const [written, read] = [new DnsCounters(memory), new DnsCounters(memory)];
  for (const [index, counter] of DNS_COUNTERS.entries()) {
    for (let i = 0; i <= index; i += 1) written.increment(counter);
  }
  expect(DNS_COUNTERS.map((counter) => read.get(counter))).toEqual(DNS_COUNTERS.map((_, index) => index + 1));
});

it('adds up the counters of all threads', () => {
  const threads = [new DnsCounters(DnsCounters.allocate()), new DnsCounters(DnsCounters.allocate())];
  for (const thread of threads) thread.increment('denied');
  threads[0]?.increment('malformed');
  expect(sumCounters(threads)).toEqual({ allowed: 0, denied: 2, malformed: 1, refused: 0, failed: 0, limited: 0 });
});
