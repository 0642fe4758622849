import { openWindowsCalls } from './windows-calls.ts';

/** winsvc.h: 1 stopped, 2 starting, 3 stopping, 4 running. */
export interface ServiceState {
  state: number;
  /** Of Windows, and the service's own where that is 1066. */
  exitCode: number;
}
export const RUNNING = 4;
export const STOPPED = 1;

const CONNECT = 0x1;
const QUERY_STATUS = 0x4;

/** null where there is no such service, where koffi is missing, and except on Windows. */
export async function serviceState(name: string): Promise<ServiceState | null> {
  const calls = await openWindowsCalls();
  if (calls === null) return null;
  const openManager = calls.func('advapi32', 'void *OpenSCManagerW(str16 machine, str16 database, uint32_t access)');
  const open = calls.func('advapi32', 'void *OpenServiceW(void *manager, str16 name, uint32_t access)');
  const query = calls.func('advapi32', 'int QueryServiceStatus(void *service, _Out_ uint32_t *status)');
  const close = calls.func('advapi32', 'int CloseServiceHandle(void *handle)');
  const manager: unknown = openManager(null, null, CONNECT);
  if (manager === null) throw calls.lastError('OpenSCManager');
  try {
    const service: unknown = open(manager, name, QUERY_STATUS);
    if (service === null) return null;
    try {
      // struct SERVICE_STATUS: type, state, accepted controls, exit code, own exit code, check point, wait hint.
      const status = new Uint32Array(7);
      if (query(service, status) === 0) throw calls.lastError('QueryServiceStatus');
      const [, state = 0, , exitCode = 0, ownCode = 0] = status;
      return { state, exitCode: exitCode === 1066 ? ownCode : exitCode };
    } finally {
      close(service);
    }
  } finally {
    close(manager);
  }
}
