import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminSettingsFile, parseAdminSettings } from '../../../main/managed-config/admin-settings.ts';
import { parserFor } from '../../../main/managed-config/check.ts';
import { evaluate } from '../../../main/managed-config/evaluate.ts';
import type { TrustRule } from '../../../main/managed-config/trusted-file.ts';
import { problem } from '../../../shared/problems/catalogue.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'admin-settings-'));
  file = join(folder, 'admin-settings.json');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trusted: TrustRule = { problemsOf: async () => [] };
const reading = async (content: string, rule = trusted) => {
  writeFileSync(file, content);
  return (await adminSettingsFile(file, rule).read()).source;
};

describe('Docker Desktop’s admin-settings.json', () => {
  it('never decides anything: it names no organization, and whoever deployed it is told so', async () => {
    expect(await reading('{"configurationFileVersion":2}')).toMatchObject({
      verdict: 'absent',
      allowedOrgs: [],
      problems: [{ code: 'admin-settings-without-organization' }],
    });
    // Not even where it says otherwise: Docker Desktop would not read it either.
    expect(await reading('{"allowedOrgs":["acme"]}')).toMatchObject({ verdict: 'absent', allowedOrgs: [] });
  });

  it('is a warning too where it is damaged, or where somebody else could have written it', async () => {
    expect(await reading('{')).toMatchObject({
      verdict: 'absent',
      problems: [{ code: expect.stringMatching(/^json-/) }],
    });
    const rule = { problemsOf: async () => [problem('not-a-regular-file', { file })] };
    expect(await reading('{}', rule)).toMatchObject({ verdict: 'absent', problems: [{ code: 'not-a-regular-file' }] });
    rmSync(file);
    expect((await adminSettingsFile(file, trusted).read()).source).toMatchObject({ verdict: 'absent', problems: [] });
  });

  it('is malformed in a check before it is rolled out, and otherwise warned of', () => {
    expect(parserFor('admin-settings.json')(Buffer.from('{'))).toMatchObject({ verdict: 'malformed' });
    expect(parserFor('Admin-Settings.json')(Buffer.from('{}'))).toMatchObject({
      verdict: 'absent',
      problems: [{ code: 'admin-settings-without-organization' }],
    });
  });

  it('is spoken of only where nothing names an organization', async () => {
    const admin = await adminSettingsFile(file, trusted).read();
    const source = { ...admin.source, problems: parseAdminSettings(Buffer.from('{}'), file).problems };
    const alone = { ...admin, source };
    const named = { ...alone, source: { ...source, verdict: 'present' as const, allowedOrgs: ['acme'], problems: [] } };
    expect(evaluate([alone], [], false)).toMatchObject({ verdict: 'absent', source: null, problems: [{ file }] });
    expect(evaluate([named, alone], [], false)).toMatchObject({ verdict: 'present', problems: [], overridden: [] });
  });
});
