import { describe, expect, it } from 'vitest';
import {
  linuxMachineId,
  machineIdOf,
  macosMachineId,
  windowsMachineId,
} from '../../../../main/gateway/identity/machine-id.ts';
import type { CommandResult } from '../../../../main/platform/process/run-command.ts';

const UUID = '564d1b5c-0f8e-4f0a-b8a5-2f6a4b3c2d1e';

/** As `ioreg -rd1 -c IOPlatformExpertDevice` prints it, shortened. */
const IOREG = `+-o J314sAP  <class IOPlatformExpertDevice, id 0x100000227, registered, matched, active>
    {
      "IOPolledInterface" = "AppleARMWatchdogTimerHibernateHandler is not serializable"
      "IOPlatformUUID" = "${UUID.toUpperCase()}"
      "IOPlatformSerialNumber" = "C02XXXXXXXXX"
    }
`;

describe('the id of the machine', () => {
  it.each([
    ['0123456789abcdef0123456789abcdef\n', '0123456789abcdef0123456789abcdef'],
    ['uninitialized\n', null],
    ['', null],
    ['0123456789abcdef\n', null],
  ])('on Linux is what machine-id(5) says, and nothing else: %j', (text, id) => {
    expect(linuxMachineId(text)).toBe(id);
  });

  it('on macOS is the UUID of the platform, not its serial number', () => {
    expect(macosMachineId(IOREG)).toBe(UUID);
    expect(macosMachineId('no such class')).toBeNull();
  });

  it('on Windows is the MachineGuid', () => {
    expect(windowsMachineId(UUID)).toBe(UUID);
    expect(windowsMachineId('?')).toBeNull();
  });

  it('is read by the program that the system brings', async () => {
    const ran: string[] = [];
    const run = async (command: readonly string[]): Promise<CommandResult> => {
      ran.push(command[0] ?? '');
      return { kind: 'exited', code: 0, stdout: Buffer.from(IOREG), stderr: Buffer.from('') };
    };
    expect(await machineIdOf('darwin', run)()).toBe(UUID);
    expect(ran).toEqual(['/usr/sbin/ioreg']);
  });

  it('is the registry value of this name on Windows, in whatever case', async () => {
    const run = async (): Promise<CommandResult> => ({ kind: 'failed', errno: 'ENOENT', cause: 'not run' });
    const asked: string[] = [];
    const read = machineIdOf('win32', run, async (key) => {
      asked.push(key);
      return {
        kind: 'present',
        values: [{ name: 'machineGUID', type: 'REG_SZ', data: UUID, exact: true }],
        subkeys: [],
      };
    });
    expect(await read()).toBe(UUID);
    expect(asked).toEqual(['HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography']);
  });

  it('is unknown, and no reason to fail, where a system tells none', async () => {
    const run = async (): Promise<CommandResult> => ({ kind: 'failed', errno: 'ENOENT', cause: 'no such file' });
    expect(await machineIdOf('darwin', run)()).toBeNull();
    expect(await machineIdOf('win32', run, async () => ({ kind: 'absent' }))()).toBeNull();
    expect(await machineIdOf('freebsd', run)()).toBeNull();
  });
});
