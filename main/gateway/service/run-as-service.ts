import { win32 } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { problemLine } from '../../../shared/problems/problem-line.ts';
import { realFileSystem } from '../../managed-config/trusted-file.ts';
import { systemClock } from '../../platform/time/clock.ts';
import { type EventLog, openEventLog } from '../native/windows-event-log.ts';
import { nativeRule, openFolderSecurity, secureFolder } from '../native/windows-folder.ts';
import { SERVICE_NAME } from '../native/windows-pipe.ts';
import { becomeService, type WindowsService } from '../native/windows-service.ts';
import { readGatewayConfig } from './gateway-config.ts';
import { serveGateway } from './run-gateway.ts';

/**
 * `portcullis gateway run --service`, as the service manager of Windows starts it. It says that it runs only once it listens; what keeps it
 * from that ends the service with an exit code of its own, and stands in the event log.
 *
 * @throws ProblemError `not-a-service` where somebody else has started it; what keeps the gateway from starting.
 */
export async function runAsService(configFile: string): Promise<void> {
  const events = await openEventLog();
  const service = await becomeService(SERVICE_NAME, systemClock).catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('not-a-service', {}, { cause }), { cause: error });
  });
  if (service === null) throw new ProblemError(problem('not-a-service', {}, { cause: 'koffi is not installed' }));
  try {
    await serve(configFile, service, events);
    await service.stopped(0);
  } catch (error) {
    events.write('failed', error instanceof ProblemError ? problemLine(error.problem) : String(error));
    await service.stopped(1);
    throw error;
  }
}

async function serve(configFile: string, service: WindowsService, events: EventLog): Promise<void> {
  const security = await openFolderSecurity();
  if (security === null) throw new ProblemError(problem('not-a-service', {}, { cause: 'koffi is not installed' }));
  const own = security.ownSid();
  const config = await readGatewayConfig(configFile);
  // Its addresses, resolvers and folders are an administrator's to choose.
  const stats = await realFileSystem.lstat(configFile);
  const [fault] = await nativeRule(security).problemsOf(configFile, stats, realFileSystem);
  if (fault !== undefined) throw new ProblemError(fault);
  await secureFolder(config.stateDir, own, { change: [own], readable: false }, security);
  // A service has no standard error.
  const log = config.log ?? win32.join(config.stateDir, 'gateway.log');
  await serveGateway(
    { ...config, log },
    {
      stopped: service.stopping,
      async tell(state) {
        if (state === 'STOPPING=1') return service.stopPending();
        service.running();
        events.write('started', 'The gateway is running.');
      },
      fail: (why) => events.write('failed', why),
    },
  );
  events.write('stopped', `The gateway has stopped: ${service.stopping.reason}.`);
}
