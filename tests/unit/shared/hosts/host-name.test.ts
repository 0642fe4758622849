import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeHost } from '../../../../shared/hosts/host-name.ts';

const name = (host: string) => ({ kind: 'name', host });
const ip = (host: string) => ({ kind: 'ip', host });

describe('a host has one spelling', () => {
  it.each([
    ['ghcr.io', name('ghcr.io')],
    ['GHCR.io', name('ghcr.io')],
    ['ghcr.io.', name('ghcr.io')],
    ['localhost', name('localhost')],
    ['_dmarc.my_host.example', name('_dmarc.my_host.example')],
    ['-a-.example', name('-a-.example')],
    ['1password.example', name('1password.example')],
    ['a.0x', null],
    ['Bücher.example', name('xn--bcher-kva.example')],
    ['bücher。example', name('xn--bcher-kva.example')],
    ['xn--bcher-kva.example', name('xn--bcher-kva.example')],
    ['XN--BCHER-KVA.example', name('xn--bcher-kva.example')],
    ['ｇｈｃｒ.io', name('ghcr.io')],
    ['127.0.0.1', ip('127.0.0.1')],
    ['::1', ip('::1')],
    ['[::1]', ip('::1')],
    ['2001:DB8:0:0::0001', ip('2001:db8::1')],
    ['::ffff:10.1.2.3', ip('10.1.2.3')],
    ['[::ffff:0a01:0203]', ip('10.1.2.3')],
  ])('%s', (text, expected) => {
    expect(normalizeHost(text)).toEqual(expected);
  });
});

describe('what is no host', () => {
  it.each([
    ['nothing', ''],
    ['a dot', '.'],
    ['two dots', 'a..example'],
    ['a leading dot', '.example'],
    ['two trailing dots', 'a.example..'],
    ['white space', 'ghcr .io'],
    ['white space around it', ' ghcr.io'],
    ['a tab, which URL parsers drop', 'ghcr\t.io'],
    ['a line feed', 'ghcr.io\n'],
    ['a percent-escape', 'ghcr%2eio'],
    ['a port', 'ghcr.io:443'],
    ['a path', 'ghcr.io/acme'],
    ['a backslash', 'ghcr.io\\acme'],
    ['a user', 'user@ghcr.io'],
    ['a wildcard', '*.ghcr.io'],
    ['a NUL', 'ghcr.io\0'],
    ['an invisible mark', 'gh\u200bcr.io'],
    ['a soft hyphen', 'gh\u00adcr.io'],
    ['a direction mark', 'ghcr\u202e.io'],
    ['a lone surrogate', 'ghcr\ud800.io'],
    ['an address in hexadecimal', '0x7f.1'],
    ['an address in fewer parts', '127.1'],
    ['an address as one number', '2130706433'],
    ['an address with an octal part', '127.0.0.01'],
    ['an address beyond 255', '256.1.1.1'],
    ['an address with a trailing dot', '127.0.0.1.'],
    ['an address in full-width digits', '１２７.0.0.1'],
    ['a name that ends in a number', 'ghcr.1'],
    ['a fraction that unfolds to a slash', 'a℀b.example'],
    ['an unclosed bracket', '[::1'],
    ['a bracketed name', '[ghcr.io]'],
    ['an IPv6 address with a zone', 'fe80::1%eth0'],
    ['an IPv6 address too long', '1:2:3:4:5:6:7:8:9'],
    ['a label of 64', `${'a'.repeat(64)}.example`],
    ['a name of 254', `${'a.'.repeat(126)}aa`],
  ])('%s', (_what, text) => {
    expect(normalizeHost(text)).toBeNull();
  });

  it('has a limit of 63 and 253 characters', () => {
    expect(normalizeHost(`${'a'.repeat(63)}.example`)).not.toBeNull();
    expect(normalizeHost(`${'a.'.repeat(126)}a`)).not.toBeNull();
  });
});

describe('for any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...'aZ09.-_:[]x%* \u3002\u00fc１'), maxLength: 20 }),
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
  );

  it('the spelling is stable', () => {
    fc.assert(
      fc.property(text, (written) => {
        const host = normalizeHost(written);
        if (host !== null) expect(normalizeHost(host.host)).toEqual(host);
      }),
    );
  });

  it('a URL parser that takes the same text sees the same host', () => {
    fc.assert(
      fc.property(text, (written) => {
        const host = normalizeHost(written);
        const bracketed = written.includes(':') && !written.startsWith('[') ? `[${written}]` : written;
        if (host === null || !URL.canParse(`https://${bracketed}/`)) return;
        const seen = new URL(`https://${bracketed}/`).hostname.replace(/\.$/, '').replace(/^\[|\]$/g, '');
        // The one difference: an IPv6 address that wraps an IPv4 one.
        if (!seen.startsWith('::ffff:')) expect(host.host).toBe(seen);
      }),
      { numRuns: 1000 },
    );
  });
});
