import { describe, expect, it } from 'vitest';
import { takeCredential } from '../../../../renderer/panel/transport/credential.ts';

const code = 'a'.repeat(32);
const session = 'b'.repeat(64);

function page(hash: string, kept: string | null = null) {
  const replaced: unknown[] = [];
  const credential = takeCredential(
    { hash, pathname: '/', search: '' },
    { replaceState: (_data, _unused, url) => replaced.push(url) },
    { getItem: () => kept },
  );
  return { credential, replaced };
}

describe('what a panel identifies itself with', () => {
  it('is the code of its address, which leaves the address at once', () => {
    expect(page(`#code=${code}`)).toEqual({ credential: { code }, replaced: ['/'] });
  });

  it('is the session of this tab after a reload', () => {
    expect(page('', session).credential).toEqual({ session });
  });

  it('is the fresh code where there is a session too', () => {
    expect(page(`#code=${code}`, session).credential).toEqual({ code });
  });

  it.each([['#code=short'], ['#code='], [`#code=${'A'.repeat(32)}`], ['#/registries'], ['']])(
    'is nothing with the fragment %j',
    (hash) => {
      expect(page(hash)).toEqual({ credential: null, replaced: [] });
    },
  );

  it('is nothing where the kept session is not one', () => {
    expect(page('', 'rubbish').credential).toBeNull();
  });
});
