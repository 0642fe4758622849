import { startGuest } from './systemd-guest.ts';

// A process that boots a guest, says so, and then waits to be killed.
await startGuest({ hostOctets: [1], ca: '' });
process.stdout.write('booted\n');
setInterval(() => undefined, 1_000_000);
