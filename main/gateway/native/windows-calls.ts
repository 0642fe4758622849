/** Functions of Windows' own libraries, called through koffi, for what Node has no call for. */
export interface WindowsCalls {
  readonly koffi: Koffi;
  /** One function of `advapi32.dll` or `kernel32.dll`, by its declaration in C. */
  func(library: 'advapi32' | 'kernel32', declaration: string): ReturnType<ReturnType<Koffi['load']>['func']>;
  /** One function that Node's own program exports for its add-ons. */
  ownFunc(declaration: string): ReturnType<ReturnType<Koffi['load']>['func']>;
  /** The error of Windows that the last call left. */
  lastError(call: string): WindowsError;
}

type Koffi = typeof import('koffi')['default'];

/** `code` is the number of a Windows error, as `net helpmsg` explains it. */
export type WindowsError = Error & { code: number };

export function windowsError(call: string, code: number): WindowsError {
  return Object.assign(new Error(`${call}: Windows error ${code}`), { code });
}

/** null except on Windows on x86-64, whose layouts are known here, and where the optional package koffi is not installed. */
export async function openWindowsCalls(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<WindowsCalls | null> {
  if (platform !== 'win32' || architecture !== 'x64') return null;
  const imported = await import('koffi/indirect').catch(() => null);
  if (imported === null) return null;
  const koffi = imported.default;
  // Both are known DLLs: Windows takes them from its own folder, whatever lies beside the program.
  const libraries = { advapi32: koffi.load('advapi32.dll'), kernel32: koffi.load('kernel32.dll') };
  const own = koffi.load(null);
  const getLastError = libraries.kernel32.func('uint32_t GetLastError()');
  return {
    koffi,
    func: (library, declaration) => libraries[library].func(declaration),
    ownFunc: (declaration) => own.func(declaration),
    lastError: (call) => windowsError(call, getLastError()),
  };
}
