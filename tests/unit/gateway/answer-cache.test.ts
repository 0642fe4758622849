import * as packet from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { createAnswerCache, lifetimeOf } from '../../../main/gateway/dns/answer-cache.ts';

const NXDOMAIN = 3;
const soa = (ttl: number, minimum: number): packet.Answer => ({
  type: 'SOA',
  name: 'example',
  ttl,
  data: { mname: 'ns.example', rname: 'root.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});
const address = (ttl: number, name = 'a.example'): packet.Answer => ({ type: 'A', name, ttl, data: '10.0.0.1' });
const alias = (ttl: number): packet.Answer => ({ type: 'CNAME', name: 'a.example', ttl, data: 'b.example' });

function answer(parts: packet.Packet, type = 'A'): Buffer {
  return packet.encode({
    type: 'response',
    id: 7,
    questions: [{ name: 'a.example', type: type as 'A', class: 'IN' }],
    ...parts,
  });
}

describe('the time for which an answer may be given again', () => {
  it.each<[string, Buffer, number]>([
    ['the lowest TTL', answer({ answers: [alias(20), address(50, 'b.example')] }), 20],
    [
      'not what OPT has in the place of a TTL',
      answer({ answers: [address(50)], additionals: [{ type: 'OPT', name: '.' } as packet.Answer] }),
      50,
    ],
    [
      'the TTL of additional records too',
      answer({ answers: [address(50)], additionals: [address(5, 'c.example')] }),
      5,
    ],
    ['the SOA for a name that is not there: its TTL', answer({ flags: NXDOMAIN, authorities: [soa(9, 30)] }), 9],
    ['the SOA for a name that is not there: its MINIMUM', answer({ flags: NXDOMAIN, authorities: [soa(30, 8)] }), 8],
    ['the SOA for a type that is not there', answer({ authorities: [soa(30, 11)] }, 'AAAA'), 11],
    ['the SOA where an alias ends in nothing', answer({ answers: [alias(20)], authorities: [soa(30, 12)] }), 12],
    ['nothing without SOA: no such name', answer({ flags: NXDOMAIN }), 0],
    ['nothing without SOA: no such type', answer({ answers: [alias(20)] }), 0],
    ['nothing: a failure', answer({ flags: 2, authorities: [soa(30, 30)] }), 0],
    ['nothing: cut off', answer({ answers: [address(50)] }).subarray(0, 40), 0],
    ['nothing: a TTL of zero', answer({ answers: [address(0)] }), 0],
    ['the records themselves where ANY was asked', answer({ answers: [address(33)] }, 'ANY'), 33],
  ])('is %s', (_what, bytes, seconds) => {
    expect(lifetimeOf(bytes)).toBe(seconds);
  });
});

describe('the cache', () => {
  it('gives an answer until its time is over, with what is left of its TTLs', () => {
    let now = 100;
    const cache = createAnswerCache(() => now);
    cache.put('a', answer({ answers: [alias(20), address(50, 'b.example')] }));
    now += 5.5;
    expect(packet.decode(cache.get('a') ?? Buffer.alloc(0)).answers).toMatchObject([{ ttl: 15 }, { ttl: 45 }]);
    now += 14.5;
    expect(cache.get('a')).toBeNull();
  });

  it('gives copies: what becomes of one does not become of the next', () => {
    const cache = createAnswerCache(() => 0);
    cache.put('a', answer({ answers: [address(50)] }));
    cache.get('a')?.fill(0);
    expect(packet.decode(cache.get('a') ?? Buffer.alloc(0)).answers).toMatchObject([{ data: '10.0.0.1' }]);
  });

  it('holds no more than so many answers and bytes, whatever is asked; the oldest go', () => {
    const cache = createAnswerCache(() => 0);
    const large = answer({ answers: Array.from({ length: 100 }, () => address(60)) });
    for (let i = 0; i < 10_000; i += 1) cache.put(`${i}`, large);
    let held = 0;
    for (let i = 0; i < 10_000; i += 1) if (cache.get(`${i}`) !== null) held += 1;
    expect(held * large.length).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(cache.get('9999')).not.toBeNull();
    expect(cache.get('0')).toBeNull();
  });
});
