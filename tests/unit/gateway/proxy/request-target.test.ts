import { describe, expect, it } from 'vitest';
import { parseAbsolute, parseAuthority } from '../../../../main/gateway/proxy/request-target.ts';

describe('the target of CONNECT', () => {
  it.each([
    ['GCR.io:443', { host: 'gcr.io', port: 443 }],
    ['10.1.2.3:5000', { host: '10.1.2.3', port: 5000 }],
    ['[2606:50c0:0::1]:443', { host: '2606:50c0::1', port: 443 }],
    ['gcr.io.:443', { host: 'gcr.io', port: 443 }],
  ])('%s is %j', (authority, target) => {
    expect(parseAuthority(authority, null)).toEqual(target);
  });

  it.each([
    'gcr.io',
    'gcr.io:',
    'gcr.io:0',
    'gcr.io:65536',
    'user@gcr.io:443',
    '127.1:443',
    '0x7f.1:443',
    '',
    ':443',
    'a b:1',
    '[::1:443',
  ])('%j is none', (authority) => {
    expect(parseAuthority(authority, null)).toBeNull();
  });
});

describe('the target of a plain request', () => {
  it.each([
    [
      'http://Registry.example/v2/?n=1',
      { host: 'registry.example', port: 80, path: '/v2/?n=1', authority: 'Registry.example' },
    ],
    [
      'HTTP://registry.example:5000',
      { host: 'registry.example', port: 5000, path: '/', authority: 'registry.example:5000' },
    ],
    [
      'http://registry.example?n=1',
      { host: 'registry.example', port: 80, path: '/?n=1', authority: 'registry.example' },
    ],
  ])('%s is %j', (url, target) => {
    expect(parseAbsolute(url)).toEqual(target);
  });

  it.each([
    '/v2/',
    'https://registry.example/',
    'http://user@registry.example/',
    'http:///v2/',
    'http://registry.example/#a',
    '*',
  ])('%j is none', (url) => {
    expect(parseAbsolute(url)).toBeNull();
  });
});
