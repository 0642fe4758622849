import type { BigIntStats } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { administratorsOnly, problemsOfDescriptor } from '../../../main/managed-config/access-list.ts';
import type { FileSystem } from '../../../main/managed-config/trusted-file.ts';
import type { CommandResult, RunCommand } from '../../../main/platform/process/run-command.ts';

const codes = (sddl: string, what: 'file' | 'folder' = 'file') =>
  problemsOfDescriptor('C:\\x', sddl, what).map(({ code }) => code);

describe('an access list of Windows', () => {
  it.each([
    // A file that an elevated administrator made in ProgramData: inherited from there.
    ['O:BAG:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)', 'file'],
    // ProgramData itself: users may add files and folders.
    [
      'O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)',
      'folder',
    ],
    // C:\ : users may add folders, and own what they added.
    [
      'O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:SYD:PAI(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)',
      'folder',
    ],
    ['O:BAD:(A;;FR;;;WD)(D;;FA;;;BU)', 'file'],
    ['O:BAD:P(A;;FA;;;BA)S:AI(AU;SAFA;FA;;;WD)', 'file'],
  ] as const)('lets only administrators change it: %s', (sddl, what) => {
    expect(codes(sddl, what)).toEqual([]);
  });

  it.each([
    ['it belongs to a user', 'O:S-1-5-21-1-2-3-1001D:(A;;FA;;;BA)', ['wrong-owner']],
    ['users have full control', 'O:BAD:(A;;FA;;;BU)', ['writable-by-others']],
    ['everybody may write', 'O:BAD:(A;;0x1301bf;;;WD)', ['writable-by-others']],
    ['a user may delete', 'O:BAD:(A;;SD;;;S-1-5-21-1-2-3-1001)', ['writable-by-others']],
    ['a user may change the list', 'O:BAD:(A;;RCWD;;;AU)', ['writable-by-others']],
    ['a user may take it', 'O:BAD:(A;;WO;;;AU)', ['writable-by-others']],
    ['a condition allows it', 'O:BAD:(XA;;FA;;;WD;(Member_of {SID(BA)}))', ['writable-by-others']],
    ['a refusal stands before', 'O:BAD:(D;;FA;;;BU)(A;;GA;;;BU)', ['writable-by-others']],
    ['it has no list', 'O:BAD:NO_ACCESS_CONTROL', ['access-list-unclear']],
    ['the right is not known', 'O:BAD:(A;;QQ;;;BU)', ['access-list-unclear']],
    ['it is cut off', 'O:BAD:(A;;FA;;;BA)(A;;FA;;;B', ['access-list-unclear']],
    ['something stands between', 'O:BAD:(A;;FA;;;BA)x(A;;FR;;;BU)', ['access-list-unclear']],
    ['it is no descriptor', 'Access denied', ['access-list-unclear']],
    ['it is empty', '', ['access-list-unclear']],
  ])('is refused where %s', (_why, sddl, wanted) => {
    expect(codes(sddl)).toEqual(wanted);
  });

  it('is refused for a folder whose files others may delete', () => {
    expect(codes('O:BAD:(A;;DT;;;BU)', 'folder')).toEqual(['writable-by-others']);
    expect(codes('O:BAD:(A;;GA;;;BU)', 'folder')).toEqual(['writable-by-others']);
  });
});

describe('asking for access lists', () => {
  const good = 'O:BAD:(A;;FA;;;BA)';
  const path = "C:\\ProgramData\\It's\\registry.json";
  const answers = (stdout: string, code = 0): CommandResult => ({
    kind: 'exited',
    code,
    stdout: Buffer.from(stdout),
    stderr: Buffer.alloc(0),
  });
  const link = { isSymbolicLink: () => true } as BigIntStats;
  const folder = { isSymbolicLink: () => false } as BigIntStats;
  const problems = (run: RunCommand, links: string[] = []) => {
    const fs = { lstat: async (at: string) => (links.includes(at) ? link : folder) } as FileSystem;
    return administratorsOnly(run, 'C:\\Windows\\System32').problemsOf(path, folder, fs);
  };

  it('asks for the file and every folder above it, by the full path of PowerShell', async () => {
    const scripts: string[] = [];
    const run: RunCommand = async ([file, ...args]) => {
      expect(file).toBe('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe');
      scripts.push(Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le'));
      return answers(`${good}\r\n${good}\r\n${good}\r\n${good}\r\n`);
    };
    expect(await problems(run)).toEqual([]);
    expect(scripts[0]).toContain(
      "'C:\\ProgramData\\It''s\\registry.json','C:\\ProgramData\\It''s','C:\\ProgramData','C:\\'|",
    );
  });

  it('refuses the file for any of its folders', async () => {
    const bad = 'O:S-1-5-21-1-2-3-1001D:(A;;FA;;;BA)';
    expect(await problems(async () => answers(`${good}\n${bad}\n${good}\n${good}\n`))).toMatchObject([
      { code: 'wrong-owner' },
    ]);
  });

  it.each([
    ['fewer lists than places', answers(`${good}\n`)],
    ['an error', answers('', 1)],
    ['nothing', { kind: 'failed', errno: 'ENOENT', cause: 'spawn ENOENT' }],
  ] as const)('refuses the file where the answer is %s', async (_what, result) => {
    expect(await problems(async () => result)).toMatchObject([{ code: 'access-list-unclear' }]);
  });

  it('refuses a junction above the file', async () => {
    const run: RunCommand = async () => answers(`${good}\n${good}\n${good}\n${good}\n`);
    expect(await problems(run, ['C:\\ProgramData'])).toMatchObject([{ code: 'link-in-path' }]);
  });
});
