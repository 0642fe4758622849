import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import { Problem } from '../../../../shared/problems/problem.ts';

function parsed(text: string) {
  const result = parseAddress(text);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

describe('an address', () => {
  it.each([
    ['ghcr.io', { kind: 'exact', host: 'ghcr.io', text: 'ghcr.io' }],
    ['GHCR.IO.', { kind: 'exact', host: 'ghcr.io', text: 'ghcr.io' }],
    ['registry:5000', { kind: 'exact', host: 'registry', port: 5000, text: 'registry:5000' }],
    ['*.example.com', { kind: 'suffix', host: 'example.com', text: '*.example.com' }],
    ['*.Example.com:8443', { kind: 'suffix', host: 'example.com', port: 8443, text: '*.example.com:8443' }],
    ['*.internal', { kind: 'suffix', host: 'internal', text: '*.internal' }],
    ['*.corp', { kind: 'suffix', host: 'corp', text: '*.corp' }],
    ['10.1.2.3', { kind: 'ip', host: '10.1.2.3', text: '10.1.2.3' }],
    ['10.1.2.3:5000', { kind: 'ip', host: '10.1.2.3', port: 5000, text: '10.1.2.3:5000' }],
    ['2001:DB8::1', { kind: 'ip', host: '2001:db8::1', text: '2001:db8::1' }],
    ['[2001:db8::1]', { kind: 'ip', host: '2001:db8::1', text: '2001:db8::1' }],
    ['[2001:db8::1]:5000', { kind: 'ip', host: '2001:db8::1', port: 5000, text: '[2001:db8::1]:5000' }],
    ['  ghcr.io\n', { kind: 'exact', host: 'ghcr.io', text: 'ghcr.io' }],
  ])('%s', (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });

  it('loses a pasted scheme and path', () => {
    expect(parsed('https://ghcr.io/acme/app')).toEqual({ kind: 'exact', host: 'ghcr.io', text: 'ghcr.io' });
    expect(parsed('ghcr.io/')).toMatchObject({ text: 'ghcr.io' });
    expect(parsed('http://registry.example/')).toMatchObject({ port: 80, text: 'registry.example:80' });
    expect(parsed('http://registry.example:5000/')).toMatchObject({ port: 5000, text: 'registry.example:5000' });
    expect(parsed('registry.example:5000/v2/?n=1#x')).toMatchObject({ port: 5000, text: 'registry.example:5000' });
  });

  it('in letters beyond ASCII is spelled as on the network', () => {
    expect(parsed('*.bücher.example')).toEqual({
      kind: 'suffix',
      host: 'xn--bcher-kva.example',
      text: '*.xn--bcher-kva.example',
    });
    // A Cyrillic letter that looks like an h.
    expect(parsed('gһcr.io').host).not.toBe('ghcr.io');
  });

  it.each([
    ['', 'address-empty'],
    ['   ', 'address-empty'],
    ['*', 'address-everything'],
    ['*.', 'address-everything'],
    ['*:443', 'address-everything'],
    ['*.com', 'address-too-wide'],
    ['*.io:443', 'address-too-wide'],
    ['*.*.example.com', 'address-wildcard'],
    ['a.*.example.com', 'address-wildcard'],
    ['*example.com', 'address-wildcard'],
    ['reg*.example.com', 'address-wildcard'],
    ['*.10.0.0.1', 'address-wildcard'],
    ['.example.com', 'address-host'],
    ['10.0.0.0/8', 'address-network'],
    ['2001:db8::/32', 'address-network'],
    ['ghcr.io:0', 'address-port'],
    ['ghcr.io:65536', 'address-port'],
    ['ghcr.io:', 'address-port'],
    ['ghcr.io:https', 'address-port'],
    ['ghcr.io:0443', 'address-port'],
    ['ubuntu:22.04', 'address-port'],
    ['ghcr.io quay.io', 'address-host'],
    ['ghcr.io,quay.io', 'address-host'],
    ['0x7f.1', 'address-host'],
    ['gh\u200bcr.io', 'address-host'],
    ['a'.repeat(513), 'address-too-long'],
    [`*.${'a.'.repeat(125)}aa`, 'address-too-long'],
  ])('rejects %j: %s', (text, code) => {
    const result = parseAddress(text);
    expect(result).toMatchObject({ ok: false, problem: { code } });
    if (!result.ok) expect(result.problem.next).toContain('ghcr.io');
  });

  it('names the rejected value, never a password', () => {
    expect(parseAddress('a.*.example.com')).toMatchObject({
      problem: { message: expect.stringContaining('"a.*.example.com"') },
    });
    const result = parseAddress('https://mia:hunter2@registry.example/');
    expect(result).toMatchObject({ ok: false, problem: { code: 'address-credentials' } });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

describe('for any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.string({ unit: fc.constantFrom(...'aA0.-_:[]/*@%# \u00fc'), maxLength: 20 }),
    fc.webUrl(),
  );

  it('it is an address or a problem', () => {
    fc.assert(
      fc.property(text, (written) => {
        const result = parseAddress(written);
        if (!result.ok) expect(Problem.parse(result.problem)).toEqual(result.problem);
      }),
    );
  });

  it('the text of an address parses to the same address', () => {
    fc.assert(
      fc.property(text, (written) => {
        const result = parseAddress(written);
        if (result.ok) expect(parsed(result.value.text)).toEqual(result.value);
      }),
    );
  });
});
