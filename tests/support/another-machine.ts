import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * Loaded into a gateway before its own code (`--import`): servers of a test listen on this machine's outside address, and stand for
 * those of another machine. The gateway refuses names that lead to its own.
 */
const { networkInterfaces } = os;
os.networkInterfaces = () =>
  Object.fromEntries(
    Object.entries(networkInterfaces()).map(([name, addresses]) => [
      name,
      addresses?.filter(({ internal }) => internal),
    ]),
  );
syncBuiltinESMExports();
