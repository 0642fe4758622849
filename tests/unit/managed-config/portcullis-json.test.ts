import { describe, expect, it } from 'vitest';
import { parsePortcullisJson } from '../../../main/managed-config/portcullis-json.ts';
import { bytesOf, expected, stated } from './content-case.ts';
import { portcullisJsonCases } from './portcullis-json.cases.ts';

describe('portcullis.json', () => {
  it.each(portcullisJsonCases.map((one) => [one.title, one] as const))('with %s', (_title, one) => {
    expect(stated(parsePortcullisJson(bytesOf(one)))).toEqual(expected(one));
  });

  it('names the setting at fault by its path', () => {
    const content = parsePortcullisJson(Buffer.from('{"policyKeys":{"keys":[{"kid":1}]}}'));
    expect(content.problems[0]).toMatchObject({
      code: 'setting-type',
      args: { setting: 'policyKeys.keys[0].kid', type: 'string' },
      message: '"policyKeys.keys[0].kid" has the wrong type.',
    });
  });

  it('does not repeat the content of a private key', () => {
    const content = parsePortcullisJson(Buffer.from('{"policyKeys":{"keys":[{"d":"s3cret"}]}}'));
    expect(content.verdict).toBe('malformed');
    expect(JSON.stringify(content)).not.toContain('s3cret');
  });
});
