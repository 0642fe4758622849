import { describe, expect, it } from 'vitest';
import {
  createMachineLookup,
  NO_SEARCH,
  namesToTry,
  readHosts,
  searchListOf,
} from '../../../../main/gateway/dns/machine-names.ts';
import type { FoundAddress } from '../../../../main/gateway/dns/resolve-addresses.ts';

const found = (address: string): FoundAddress => ({ address, family: 4 });

describe('the search list of a resolv.conf(5)', () => {
  it.each<[string, string, string[], number]>([
    ['is empty without one', 'nameserver 192.0.2.1\n', [], 1],
    [
      'has its domains in order, once each, as host names',
      'search Corp.Example. lab.example corp.example\n',
      ['corp.example', 'lab.example'],
      1,
    ],
    ['is the last one', 'search a.example\nsearch b.example c.example\n', ['b.example', 'c.example'], 1],
    ['is a `domain` that comes after it', 'search a.example\ndomain b.example\n', ['b.example'], 1],
    ['is a `search` that comes after it', 'domain b.example\nsearch a.example\n', ['a.example'], 1],
    ['leaves out the root and what is no name', 'search . a_b! 10.0.0.1 ok.example\n', ['ok.example'], 1],
    ['has the dots that a whole name has', '  options timeout:1 ndots:5 rotate\n', [], 5],
    ['has glibc’s limit of dots', 'options ndots:99\n', [], 15],
    ['ignores comments and what is no number', '# search a.example\noptions ndots:x\n; search b.example\n', [], 1],
  ])('%s', (_what, text, domains, ndots) => {
    expect(searchListOf(text)).toEqual({ domains, ndots });
  });
});

it('tries a name with enough dots as it is before the domains, and another one after them', () => {
  const search = { domains: ['corp.example', 'example'], ndots: 1 };
  expect(namesToTry('registry', search)).toEqual(['registry.corp.example', 'registry.example', 'registry']);
  expect(namesToTry('registry.lab', search)).toEqual([
    'registry.lab',
    'registry.lab.corp.example',
    'registry.lab.example',
  ]);
  expect(namesToTry('registry.lab', { ...search, ndots: 2 })).toEqual([
    'registry.lab.corp.example',
    'registry.lab.example',
    'registry.lab',
  ]);
  expect(namesToTry('registry', NO_SEARCH)).toEqual(['registry']);
  expect(namesToTry('10.0.0.1', search)).toEqual(['10.0.0.1']);
});

it('reads hosts(5): all addresses of all names, aliases too, and nothing else', () => {
  const hosts = readHosts(`
127.0.0.1\tlocalhost
10.0.0.5   registry.corp.example Registry  # the old one
10.0.0.6\tregistry
2001:db8::5 registry
not-an-address gcr.io
10.0.0.7 10.0.0.8 bad_name!
10.0.0.9
`);
  expect(Object.fromEntries(hosts)).toEqual({
    localhost: [found('127.0.0.1')],
    'registry.corp.example': [found('10.0.0.5')],
    registry: [found('10.0.0.5'), found('10.0.0.6'), { address: '2001:db8::5', family: 6 }],
  });
});

describe('a look-up as this machine does it', () => {
  const dns: Record<string, string> = {
    'registry.corp.example': '10.0.0.1',
    'whole.example': '10.0.0.2',
    plain: '10.0.0.3',
  };
  const looking = (hosts: () => Promise<string>, fails: string[] = []) => {
    const asked: string[] = [];
    const lookUp = createMachineLookup({
      hosts,
      search: () => ({ domains: ['lab.example', 'corp.example'], ndots: 1 }),
      async lookUp(name) {
        asked.push(name);
        if (fails.includes(name)) throw Object.assign(new Error('no answer'), { code: 'EAI_AGAIN' });
        return dns[name] === undefined ? [] : [found(dns[name])];
      },
    });
    return { asked, lookUp };
  };

  it('takes the hosts file first, and reads it again when it has changed', async () => {
    let text = '10.9.9.9 registry\n';
    const { asked, lookUp } = looking(async () => text);
    expect(await lookUp('registry')).toEqual([found('10.9.9.9')]);
    expect(asked).toEqual([]);
    text = '';
    expect(await lookUp('registry')).toEqual([found('10.0.0.1')]);
    expect(asked).toEqual(['registry.lab.example', 'registry.corp.example']);
  });

  it('asks DNS where the file cannot be read, and finds nothing where there is nothing', async () => {
    const { asked, lookUp } = looking(() => Promise.reject(new Error('EACCES')));
    expect(await lookUp('whole.example')).toEqual([found('10.0.0.2')]);
    expect(asked).toEqual(['whole.example']);
    expect(await lookUp('plain')).toEqual([found('10.0.0.3')]);
    expect(await lookUp('nothing')).toEqual([]);
  });

  it('does not take another host for one that DNS could not be asked for', async () => {
    const { asked, lookUp } = looking(async () => '', ['registry.lab.example']);
    await expect(lookUp('registry')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
    expect(asked).toEqual(['registry.lab.example']);
  });
});
