import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { linuxSources, macosSources } from '../../../main/managed-config/locations.ts';
import { PortcullisSettings } from '../../../shared/schemas/managed-config.ts';
import { withTables } from '../../support/admin-guide.ts';

const guide = await readFile(new URL('../../../docs/admin-guide.md', import.meta.url), 'utf8');

describe('docs/admin-guide.md', () => {
  it('shows what the cases of the tests come to; if this fails, run: npm run docs', () => {
    expect(guide.match(/<!-- cases: /g)).toHaveLength(5);
    expect(guide).toBe(withTables(guide));
  });

  it('names every setting', () => {
    for (const name of Object.keys(PortcullisSettings.shape)) expect(guide).toContain(`| \`${name}\` |`);
  });

  it('names every place that is read', () => {
    for (const { watch } of [...linuxSources(), ...macosSources()]) expect(guide).toContain(`\`${watch}\``);
  });
});
