import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FolderSecurity, folderDescriptor, secureFolder } from '../../../../main/gateway/native/windows-folder.ts';
import { serviceSid } from '../../../../main/gateway/native/windows-sid.ts';

// On real folders of this machine, with owners and access lists that are played.
const SERVICE = serviceSid('PortcullisGateway');
const ACCESS = { change: [SERVICE], readable: false };
const SAFE = 'O:SYD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)';
/** As %ProgramData% has it: users may add to it. */
const PROGRAM_DATA = 'O:SYD:AI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)';

let above: string;
let lists: Map<string, string>;
let security: FolderSecurity;
beforeEach(async () => {
  above = await mkdtemp(join(tmpdir(), 'folder-'));
  lists = new Map();
  security = {
    ownSid: () => SERVICE,
    ofFile: (path) => lists.get(path) ?? SAFE,
    setFile: (path, sddl) => void lists.set(path, sddl),
  };
});
afterEach(() => rm(above, { recursive: true, force: true }));

const folder = () => join(above, 'state');
const secured = () => secureFolder(folder(), SERVICE, ACCESS, security);

describe.skipIf(process.platform === 'win32')('a folder that others must not change', () => {
  it('is made with a list of its own, which what is made in it inherits', async () => {
    await secured();
    expect(await readdir(above)).toEqual(['state']);
    expect(lists.get(folder())).toBe(
      `O:${SERVICE}D:P(A;OICI;FA;;;S-1-5-18)(A;OICI;FA;;;S-1-5-32-544)(A;OICI;FA;;;${SERVICE})`,
    );
    expect(folderDescriptor(SERVICE, { change: [], readable: true })).toContain('(A;OICI;0x1200a9;;;BU)');
    // And accepted again.
    await secured();
  });

  it('that is there is checked, and never made safe behind the back of whoever filled it', async () => {
    await mkdir(folder());
    lists.set(folder(), PROGRAM_DATA);
    await expect(secured()).rejects.toMatchObject({ problem: { code: 'writable-by-others' } });
    lists.set(folder(), 'O:S-1-5-21-1-2-3-1001D:(A;;FA;;;SY)');
    await expect(secured()).rejects.toMatchObject({ problem: { code: 'wrong-owner' } });
    expect(lists.get(folder())).toContain('1001');
  });

  it('is refused where the list that was set is not the one that is there', async () => {
    security.setFile = () => undefined;
    lists.set(folder(), PROGRAM_DATA);
    await expect(secured()).rejects.toMatchObject({ problem: { code: 'writable-by-others' } });
  });

  it('is refused where what is in it can be changed by others', async () => {
    await mkdir(folder());
    lists.set(folder(), SAFE);
    await writeFile(join(folder(), 'state.json'), '');
    lists.set(join(folder(), 'state.json'), 'O:SYD:(A;;FA;;;SY)(A;;FW;;;BU)');
    await expect(secured()).rejects.toMatchObject({ problem: { code: 'writable-by-others' } });
  });

  it('may lie in a folder that users may add to, but not in one where they may exchange it', async () => {
    lists.set(above, 'O:SYD:(A;;FA;;;BU)');
    await expect(secureFolder(folder(), SERVICE, ACCESS, security)).rejects.toMatchObject({
      problem: { code: 'writable-by-others' },
    });
    lists.set(above, PROGRAM_DATA);
    await rm(folder(), { recursive: true, force: true });
    await secureFolder(folder(), SERVICE, ACCESS, security);
  });

  it('is refused where it is a link, or its list cannot be read', async () => {
    await mkdir(join(above, 'elsewhere'));
    await symlink(join(above, 'elsewhere'), folder());
    await expect(secured()).rejects.toMatchObject({ problem: { code: 'link-in-path' } });
    await rm(folder());
    security.ofFile = () => {
      throw new Error('Windows error 5');
    };
    await expect(secured()).rejects.toMatchObject({ problem: { code: 'access-list-unclear' } });
  });
});
