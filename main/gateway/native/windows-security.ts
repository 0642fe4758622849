import { type WindowsCalls, windowsError } from './windows-calls.ts';

/** Owners and access lists of what Windows protects, as texts (SDDL). */
export interface WindowsSecurity {
  /** The SID of the account that this process runs as. */
  ownSid(): string;
  /** Owner and access list of a file or folder; a link is not followed. */
  ofFile(path: string): string;
  /** Owner and access list of an open pipe. */
  ofPipe(handle: unknown): string;
  /** Sets owner and access list of a file or folder. */
  setFile(path: string, sddl: string): void;
  setPipe(handle: unknown, sddl: string): void;
}

const OWNER = 0x1;
const LIST = 0x4;
/** The list is as given: nothing is inherited from above. */
const PROTECTED = 0x80000000;
const SDDL_VERSION = 1;
const SE_FILE_OBJECT = 1;
const SE_KERNEL_OBJECT = 6;
const TOKEN_QUERY = 0x8;
const TOKEN_USER = 1;
const OWN_PROCESS = -1;

/** Its functions throw an Error with Windows' number as its `code`. */
export function windowsSecurity(calls: WindowsCalls): WindowsSecurity {
  const { koffi } = calls;
  const parse = calls.func(
    'advapi32',
    'int ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32_t version, _Out_ void **descriptor, void *size)',
  );
  const print = calls.func(
    'advapi32',
    'int ConvertSecurityDescriptorToStringSecurityDescriptorW(void *descriptor, uint32_t version, uint32_t parts, _Out_ void **text, void *size)',
  );
  const named = calls.func(
    'advapi32',
    'uint32_t GetNamedSecurityInfoW(str16 name, int type, uint32_t parts, void *owner, void *group, void *list, void *audit, _Out_ void **descriptor)',
  );
  const opened = calls.func(
    'advapi32',
    'uint32_t GetSecurityInfo(void *handle, int type, uint32_t parts, void *owner, void *group, void *list, void *audit, _Out_ void **descriptor)',
  );
  const setFile = calls.func('advapi32', 'int SetFileSecurityW(str16 name, uint32_t parts, void *descriptor)');
  const setKernel = calls.func(
    'advapi32',
    'int SetKernelObjectSecurity(void *handle, uint32_t parts, void *descriptor)',
  );
  const openToken = calls.func(
    'advapi32',
    'int OpenProcessToken(intptr_t process, uint32_t access, _Out_ void **token)',
  );
  const tokenInformation = calls.func(
    'advapi32',
    'int GetTokenInformation(void *token, int what, _Out_ uint8_t *buffer, uint32_t size, _Out_ uint32_t *needed)',
  );
  const printSid = calls.func('advapi32', 'int ConvertSidToStringSidW(void *sid, _Out_ void **text)');
  const free = calls.func('kernel32', 'void *LocalFree(void *memory)');
  const close = calls.func('kernel32', 'int CloseHandle(void *handle)');

  /** The text at an address that Windows has allocated. */
  function taken(text: unknown): string {
    const value: string = koffi.decode(text, 'char16_t', -1);
    free(text);
    return value;
  }
  function textOf(descriptor: unknown): string {
    const text: unknown[] = [null];
    const ok = print(descriptor, SDDL_VERSION, OWNER | LIST, text, null);
    free(descriptor);
    if (ok === 0) throw calls.lastError('ConvertSecurityDescriptorToStringSecurityDescriptor');
    return taken(text[0]);
  }
  function withDescriptor(sddl: string, use: (descriptor: unknown, parts: number) => void): void {
    const descriptor: unknown[] = [null];
    if (parse(sddl, SDDL_VERSION, descriptor, null) === 0) {
      throw calls.lastError('ConvertStringSecurityDescriptorToSecurityDescriptor');
    }
    const parts = (sddl.startsWith('O:') ? OWNER : 0) | LIST | PROTECTED;
    try {
      use(descriptor[0], parts >>> 0);
    } finally {
      free(descriptor[0]);
    }
  }

  return {
    ownSid() {
      const token: unknown[] = [null];
      if (openToken(OWN_PROCESS, TOKEN_QUERY, token) === 0) throw calls.lastError('OpenProcessToken');
      try {
        // A TOKEN_USER and the SID that it points to: at most 16 and 68 bytes.
        const buffer = Buffer.alloc(128);
        if (tokenInformation(token[0], TOKEN_USER, buffer, buffer.length, [0]) === 0) {
          throw calls.lastError('GetTokenInformation');
        }
        const text: unknown[] = [null];
        // What stands first in it is the address of the SID, which lies further on in the same buffer.
        if (printSid(buffer.readBigUInt64LE(0), text) === 0) throw calls.lastError('ConvertSidToStringSid');
        return taken(text[0]);
      } finally {
        close(token[0]);
      }
    },
    ofFile(path) {
      const descriptor: unknown[] = [null];
      const code = named(path, SE_FILE_OBJECT, OWNER | LIST, null, null, null, null, descriptor);
      if (code !== 0) throw windowsError('GetNamedSecurityInfo', code);
      return textOf(descriptor[0]);
    },
    ofPipe(handle) {
      const descriptor: unknown[] = [null];
      const code = opened(handle, SE_KERNEL_OBJECT, OWNER | LIST, null, null, null, null, descriptor);
      if (code !== 0) throw windowsError('GetSecurityInfo', code);
      return textOf(descriptor[0]);
    },
    setFile(path, sddl) {
      withDescriptor(sddl, (descriptor, parts) => {
        if (setFile(path, parts, descriptor) === 0) throw calls.lastError('SetFileSecurity');
      });
    },
    setPipe(handle, sddl) {
      withDescriptor(sddl, (descriptor, parts) => {
        if (setKernel(handle, parts, descriptor) === 0) throw calls.lastError('SetKernelObjectSecurity');
      });
    },
  };
}
