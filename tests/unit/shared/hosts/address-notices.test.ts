import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import { addressNotices } from '../../../../shared/hosts/address-notices.ts';
import { problemIn } from '../../../../shared/problems/catalogue.ts';

const codes = (written: string) => addressNotices(written).map(({ problem }) => problem.code);
const said = (written: string) =>
  addressNotices(written)
    .map(({ problem: { message, next } }) => `${message} ${next}`)
    .join(' ');

describe('an address that may not be what was meant', () => {
  it.each([
    ['ghcr.io/acme', ['address-path-dropped'], 'all of ghcr.io, not only /acme'],
    ['https://registry.example:5000/v2/', ['address-path-dropped'], 'registry.example:5000'],
    ['http://registry.corp.example/', ['address-plain-http'], 'registry.corp.example:80'],
    ['HTTP://registry.corp.example', ['address-plain-http'], 'registry.corp.example:80'],
    ['http://registry.corp.example/team', ['address-path-dropped', 'address-plain-http'], '/team'],
    ['hub.docker.com', ['address-web-site'], 'Allow docker.io instead.'],
    ['https://hub.docker.com/r/acme/app', ['address-web-site'], 'Allow docker.io instead.'],
    ['https://github.com/orgs/acme/packages', ['address-web-site'], 'Allow ghcr.io instead.'],
    ['gallery.ecr.aws', ['address-web-site'], 'Allow public.ecr.aws instead.'],
    ['gcr', ['address-no-dot-meant'], 'Did you mean gcr.io?'],
    ['ghcr', ['address-no-dot-meant'], 'Did you mean ghcr.io?'],
    ['quay', ['address-no-dot-meant'], 'Did you mean quay.io?'],
    ['docker', ['address-no-dot-meant'], 'Did you mean docker.io?'],
    ['github', ['address-no-dot-meant'], 'Did you mean ghcr.io?'],
    ['mcr', ['address-no-dot-meant'], 'Did you mean mcr.microsoft.com?'],
    ['registry1', ['address-no-dot'], 'add the port as in registry:5000'],
    ['http://x/y', ['address-path-dropped', 'address-plain-http', 'address-no-dot'], 'x:80'],
    ['*.ghcr.io', ['address-below-only'], 'not ghcr.io itself'],
    ['bücher.example', ['address-letters'], 'xn--bcher-kva.example'],
    ['g\u04bbcr.io', ['address-look-alike'], 'looks like ghcr.io'],
    ['d\u043ecker.i\u043e', ['address-look-alike'], 'looks like docker.io'],
    ['xn--bcher-kva.example', ['address-letters'], 'letters beyond a to z'],
  ])('%s', (written, expected, sentence) => {
    expect(codes(written)).toEqual(expected);
    expect(said(written)).toContain(sentence);
  });

  it.each([
    'ghcr.io',
    'https://GHCR.io/',
    'GHCR.IO.',
    'registry:5000',
    'http://registry.corp.example:5000',
    '*.docker.io',
    '*.gcr.io',
    '*.example.com',
    '10.0.0.7',
    '10.0.0.7:5000',
    '[2001:db8::1]:5000',
    'localhost',
    'constructor:5000',
    'registry.gitlab.com',
    '',
    '*',
    'a b',
  ])('there is nothing to say about %j', (written) => {
    expect(codes(written)).toEqual([]);
  });

  it('asks to confirm all but what is done as it was written', () => {
    const unconfirmed = ['http://registry.corp.example/', 'ghcr.io/acme', 'gcr', 'hub.docker.com', 'g\u04bbcr.io']
      .flatMap(addressNotices)
      .filter(({ confirm }) => !confirm);
    expect(unconfirmed.map(({ problem }) => problem.code)).toEqual(['address-plain-http']);
  });

  it('is told in German too, and shows nothing that cannot be seen', () => {
    const [notice] = addressNotices('ghcr.io/a\u202eb\u001b[31m');
    expect(notice?.problem.message).toContain('/a\\u{202e}b\\u001b[31m');
    if (notice) expect(problemIn('de', notice.problem).message).toContain('erlaubt ghcr.io ganz');
  });

  it('is none of the registries that everybody knows', () => {
    for (const host of REGISTRIES.flatMap(({ matches }) => matches).filter((one) => !one.includes('<'))) {
      expect(codes(host), host).toEqual([]);
    }
  });

  it('never throws, and says nothing about what is no address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.webUrl()), (written) => {
        const notices = addressNotices(written);
        if (!parseAddress(written).ok) expect(notices).toEqual([]);
      }),
    );
  });
});
