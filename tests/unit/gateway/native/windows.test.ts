import { describe, expect, it } from 'vitest';
import { openWindowsCalls } from '../../../../main/gateway/native/windows-calls.ts';
import { isSameList, openOwnedPipe, restrictPipe } from '../../../../main/gateway/native/windows-pipe.ts';
import { answerTo, statusFor } from '../../../../main/gateway/native/windows-service.ts';
import { ownerOf, pipeAccess, serviceSid } from '../../../../main/gateway/native/windows-sid.ts';

const SERVICE = serviceSid('PortcullisGateway');

describe('the account of a service', () => {
  it('has the SID that Windows derives from its name, in whatever letters', () => {
    const installer = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';
    expect(serviceSid('TrustedInstaller')).toBe(installer);
    expect(serviceSid('trustedinstaller')).toBe(installer);
  });
});

describe('the owner in a security descriptor', () => {
  it.each([
    ['O:SYG:SYD:(A;;FA;;;SY)', 'S-1-5-18'],
    ['O:BAD:P(A;;FA;;;BA)', 'S-1-5-32-544'],
    ['O:S-1-5-21-1-2-3-1001G:DUD:', 'S-1-5-21-1-2-3-1001'],
    ['O:S-1-5-21-0-0-0-513D:P(A;;FA;;;SY)', 'S-1-5-21-0-0-0-513'],
    ['O:BA', 'S-1-5-32-544'],
    // What Wine returns for a pipe that nobody gave an owner.
    ['', null],
    ['D:P(A;;FA;;;SY)', null],
    ['O:S-1-5-18 evil', null],
  ])('%s', (sddl, owner) => expect(ownerOf(sddl)).toBe(owner));
});

describe('the access list of a pipe', () => {
  it('lets those who are signed in read and write, and not serve it', () => {
    const [, mask = ''] = /\(A;;(0x[0-9a-f]+);;;IU\)/.exec(pipeAccess(SERVICE, 'everyone-here')) ?? [];
    const FILE_CREATE_PIPE_INSTANCE = 0x4;
    expect(Number(mask) & 0x3).toBe(0x3);
    expect(Number(mask) & FILE_CREATE_PIPE_INSTANCE).toBe(0);
    // Nor take it over: delete it, change its list or its owner.
    expect(Number(mask) & 0xd0000).toBe(0);
  });

  it('lets nobody else in where only administrators may, and where it is somebody’s own', () => {
    expect(pipeAccess(SERVICE, 'administrators')).toBe(
      `D:P(A;;FA;;;S-1-5-18)(A;;FA;;;S-1-5-32-544)(A;;FA;;;${SERVICE})`,
    );
    const person = 'S-1-5-21-1-2-3-1001';
    expect(pipeAccess(person, 'everyone-here')).toBe(`D:P(A;;FA;;;S-1-5-18)(A;;FA;;;S-1-5-32-544)(A;;FA;;;${person})`);
  });

  it('is recognised as Windows writes it, and anything more or less is not', () => {
    const list = pipeAccess(SERVICE, 'everyone-here');
    const found = `O:${SERVICE}D:P(A;;FA;;;SY)(A;;0x1f01ff;;;BA)(A;;FA;;;${SERVICE})(A;;0x12019b;;;IU)`;
    expect(isSameList(found, list)).toBe(true);
    expect(isSameList(`${found}(A;;FA;;;WD)`, list)).toBe(false);
    expect(isSameList(found.replace('D:P', 'D:'), list)).toBe(false);
    expect(isSameList('', list)).toBe(false);
  });
});

describe('what the service manager is told', () => {
  it('accepts a stop while it starts and runs, and counts up while it starts or stops', () => {
    expect(statusFor('startPending', 3)).toMatchObject({ state: 2, accepts: 0x105, checkPoint: 3, waitHint: 30_000 });
    expect(statusFor('running', 4)).toMatchObject({
      state: 4,
      accepts: 0x105,
      checkPoint: 0,
      waitHint: 0,
      exitCode: 0,
    });
    expect(statusFor('stopPending', 5)).toMatchObject({ state: 3, accepts: 0, checkPoint: 5 });
  });

  it('names what ended it by a code of its own', () => {
    expect(statusFor('stopped', 6)).toMatchObject({ state: 1, accepts: 0, exitCode: 0, ownCode: 0 });
    expect(statusFor('stopped', 6, 1)).toMatchObject({ state: 1, exitCode: 1066, ownCode: 1 });
  });

  it.each([
    [1, { answer: 0, stop: 'stop' }],
    [5, { answer: 0, stop: 'shutdown' }],
    [15, { answer: 0, stop: 'preshutdown' }],
    [4, { answer: 0, stop: null }],
    [2, { answer: 120, stop: null }],
    [200, { answer: 120, stop: null }],
  ])('control %i', (control, expected) => expect(answerTo(control)).toEqual(expected));
});

describe('elsewhere than on Windows', () => {
  it('there are no such calls: nothing is restricted, and no pipe is believed', async () => {
    expect(await openWindowsCalls('linux', 'x64')).toBeNull();
    expect(await openWindowsCalls('win32', 'arm64')).toBeNull();
    if (process.platform === 'win32') return;
    expect(await restrictPipe('\\\\.\\pipe\\x', 'administrators')).toBe(false);
    await expect(openOwnedPipe('\\\\.\\pipe\\x')).rejects.toMatchObject({ code: 'ENOTSUP' });
  });
});
