import { describe, expect, it } from 'vitest';
import type { CachingResolver } from '../../../../main/gateway/dns/caching-resolver.ts';
import { createSplitResolver } from '../../../../main/gateway/dns/split-resolver.ts';
import { nameAsBytes } from '../../../../main/gateway/dns/wire.ts';

const bytesOf = (name: string): Uint8Array => nameAsBytes(name) ?? expect.unreachable();

function resolver(): CachingResolver & { closed: boolean; upstreams: unknown } {
  return {
    ...{ closed: false, upstreams: null },
    cached: () => 0,
    ask: () => undefined,
    setUpstreams(upstreams) {
      this.upstreams = upstreams;
    },
    close() {
      this.closed = true;
    },
  };
}

describe('split domains', () => {
  const [general, corp, lab] = [resolver(), resolver(), resolver()];
  const split = createSplitResolver(general, [
    { domain: bytesOf('corp.example'), resolver: corp },
    { domain: bytesOf('lab.corp.example'), resolver: lab },
  ]);

  it.each([
    ['www.example', general],
    ['example', general],
    ['corp.example', corp],
    ['CORP.example', corp],
    ['x.corp.example', corp],
    ['notcorp.example', general],
    ['lab.corp.example', lab],
    ['x.y.lab.corp.example', lab],
    ['xlab.corp.example', corp],
  ])('%s goes to the resolver of the longest domain it is at or below', (name, expected) => {
    expect(split.resolverFor(Uint8Array.from([9, 9, ...bytesOf(name)]), 2)).toBe(expected);
  });

  it('keep their upstreams when the general ones change, and are all closed', () => {
    const changed = [{ host: '10.0.0.53', port: 53 }];
    split.setUpstreams(changed);
    expect([general, corp, lab].map(({ upstreams }) => upstreams)).toEqual([changed, null, null]);
    split.close();
    expect([general, corp, lab].every(({ closed }) => closed)).toBe(true);
  });
});
