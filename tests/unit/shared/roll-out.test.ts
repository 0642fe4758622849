import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECK_COMMANDS, ROLL_OUT_METHODS, rollOutSteps } from '../../../shared/roll-out/methods.ts';
import { RollOutFormat } from '../../../shared/schemas/hub/roll-out.ts';

const ROOT = join(import.meta.dirname, '../../..');
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const values = { organization: 'acme', hub: 'https://portcullis.example.com' };

describe('what to do on machines', () => {
  it('leaves out no file', () => {
    const used = ROLL_OUT_METHODS.flatMap((method) => rollOutSteps[method].files);
    expect([...new Set(used)].sort()).toEqual([...RollOutFormat.options].sort());
  });

  it('answers questions that the Debian package asks', () => {
    const asked = [...text('build/linux/gateway/debian/templates').matchAll(/^Template: (.+)$/gm)].map(
      ([, name]) => name,
    );
    const answered = [
      ...(rollOutSteps.debian.commands(values) ?? '').matchAll(/^portcullis-gateway (\S+) (\w+) (\S+)$/gm),
    ];
    expect(answered.map(([, name]) => name)).toEqual([
      'portcullis-gateway/organizations',
      'portcullis-gateway/hub',
      'portcullis-gateway/policy-keys-file',
      'portcullis-gateway/attach',
    ]);
    for (const [, name] of answered) expect(asked).toContain(name);
  });

  it('names variables of the Ansible role, and properties of the Windows installer', () => {
    const role = text('docs/mdm-ansible.md');
    for (const [, name = ''] of (rollOutSteps.ansible.commands(values) ?? '').matchAll(/^(\w+):/gm)) {
      expect(role).toContain(`\`${name}\``);
    }
    const installer = text('docs/install-windows.md');
    for (const [, name = ''] of (rollOutSteps['windows-installer'].commands(values) ?? '').matchAll(/ ([A-Z]{3,})=/g)) {
      expect(installer).toContain(`\`${name}\``);
    }
  });

  it('checks with commands that there are', () => {
    const commands = text('docs/cli.md');
    for (const command of CHECK_COMMANDS) {
      const [, name = ''] = /^portcullis ((?:managed-config |gateway )?\S+)/.exec(command) ?? [];
      expect(commands).toContain(`\`${name}`);
    }
  });
});
