import { openWindowsCalls } from './windows-calls.ts';

/** The source of our entries in the event log "Application". */
const SOURCE = 'Portcullis';

/** Between 1 and 1000, for which Windows' own EventCreate.exe has the message "%1": the installer names it for our source. */
export const eventIds = { started: 100, stopped: 101, failed: 102, installed: 110, notInstalled: 111 } as const;
export type EventName = keyof typeof eventIds;

const ERROR = 1;
const INFORMATION = 4;

export interface EventLog {
  /** Never throws: it is told to whoever looks there, and nothing depends on it. */
  write(name: EventName, text: string): void;
}

/** Writes nothing where there is no event log. */
export async function openEventLog(): Promise<EventLog> {
  const calls = await openWindowsCalls();
  if (calls === null) return { write: () => undefined };
  const open = calls.func('advapi32', 'void *RegisterEventSourceW(str16 server, str16 source)');
  const report = calls.func(
    'advapi32',
    'int ReportEventW(void *log, uint16_t type, uint16_t category, uint32_t id, void *user, uint16_t count, uint32_t size, str16 *texts, void *data)',
  );
  const close = calls.func('advapi32', 'int DeregisterEventSource(void *log)');
  return {
    write(name, text) {
      const log: unknown = open(null, SOURCE);
      if (log === null) return;
      const type = name === 'failed' || name === 'notInstalled' ? ERROR : INFORMATION;
      report(log, type, 0, eventIds[name], null, 1, 0, [text], null);
      close(log);
    },
  };
}
