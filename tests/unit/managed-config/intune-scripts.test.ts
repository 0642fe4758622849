import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exitCodes } from '../../../main/cli/run-command-line.ts';
import { StateId } from '../../../shared/state/derive-state.ts';
import { inputsFor, snapshotOf } from '../../support/snapshots.ts';

// PowerShell is not to be had here: the scripts have never run. What they rely on is checked, and that their brackets and quotes match.
const read = (name: string) => readFileSync(new URL(`../../../build/mdm/intune/${name}`, import.meta.url), 'utf8');
const compliance = read('compliance.ps1');

/** Without comments and texts, so that only brackets of the language are left. */
function code(script: string): string {
  return script.replaceAll(/'[^'\n]*'|"[^"\n]*"|#[^\n]*/g, '');
}

describe('the scripts for Intune', () => {
  it.each(['detect.ps1', 'compliance.ps1'])('%s is ASCII, and its brackets and quotes match', (name) => {
    const script = read(name);
    // Windows PowerShell reads a script without a mark in the machine's code page.
    expect(script).toMatch(/^[\x20-\x7e\n]*$/);
    const rest = code(script);
    expect(rest).not.toMatch(/['"]/);
    const open: string[] = [];
    for (const [bracket] of rest.matchAll(/[()[\]{}]/g)) {
      const opener = { ')': '(', ']': '[', '}': '{' }[bracket];
      if (opener === undefined) open.push(bracket);
      else expect(open.pop()).toBe(opener);
    }
    expect(open).toEqual([]);
  });

  it('ask for members that the snapshot has, and for exit codes as they are', () => {
    const snapshot: unknown = snapshotOf(inputsFor.unmanaged);
    const asked = [...compliance.matchAll(/\$snapshot((?:\.\w+)+)/g)].map(([, path = '']) => path.slice(1).split('.'));
    expect(asked.length).toBeGreaterThan(2);
    for (const path of asked) {
      const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], snapshot);
      expect(typeof value, path.join('.')).toBe('string');
    }
    expect(compliance).toContain(`$code -eq ${exitCodes.ok} -or $code -eq ${exitCodes.notInForce}`);
    const [, unmanaged] = /\.state\.id -ne '([^']+)'/.exec(compliance) ?? [];
    expect(StateId.parse(unmanaged)).toBe('unmanaged');
    expect(compliance).toContain('status --check --json');
  });

  it('report what the rules of compliance ask for', () => {
    const Rules = z.strictObject({
      Rules: z.array(
        z.strictObject({
          SettingName: z.string(),
          Operator: z.literal('IsEquals'),
          DataType: z.literal('Boolean'),
          Operand: z.boolean(),
          MoreInfoUrl: z.url(),
          RemediationStrings: z.array(
            z.strictObject({ Language: z.string(), Title: z.string(), Description: z.string() }),
          ),
        }),
      ),
    });
    const { Rules: rules } = Rules.parse(JSON.parse(read('compliance.json')));
    for (const { SettingName } of rules) expect(compliance).toContain(`${SettingName} = $false`);
    expect(rules.flatMap(({ RemediationStrings }) => RemediationStrings.map(({ Language }) => Language))).toEqual([
      'en_US',
      'de_DE',
    ]);
  });
});
