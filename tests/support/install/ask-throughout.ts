import { createSocket } from 'node:dgram';

/**
 * Run on the machine of the gateway: `node ask-throughout.ts ADDRESS ALLOWED BLOCKED`. Asks for both names in turns every few milliseconds
 * until it gets SIGTERM, waits for the last answers, and prints what came of it as JSON.
 */
const [address = '', allowed = '', blocked = ''] = process.argv.slice(2);
const INTERVAL_MS = 4;
/** So many may wait for their answers; then it waits too, however long that takes: what the system keeps for a socket is bounded. */
const MOST_OPEN = 100;
/** For the answer to the last question. */
const PATIENCE_MS = 10_000;

const socket = createSocket('udp4');
const counts = { asked: 0, answered: 0, wrong: 0, failed: 0, longestGapMs: 0 };
/** By message id: which name it was. */
const open = new Map<number, 'allowed' | 'blocked'>();
let last = performance.now();

socket.on('message', (message) => {
  const name = open.get(message.readUInt16BE(0));
  if (name === undefined) return;
  open.delete(message.readUInt16BE(0));
  const now = performance.now();
  counts.longestGapMs = Math.max(counts.longestGapMs, now - last);
  last = now;
  counts.answered += 1;
  const rcode = message.readUInt8(3) & 15;
  const hasAnswer = message.readUInt16BE(6) > 0;
  if (rcode === 2) counts.failed += 1;
  else if (name === 'allowed' ? rcode !== 0 || !hasAnswer : rcode !== 3) counts.wrong += 1;
});
// Nobody listens at the moment.
socket.on('error', () => undefined);

const timer = setInterval(() => {
  if (open.size >= MOST_OPEN) return;
  const name = counts.asked % 2 === 0 ? 'allowed' : 'blocked';
  const id = counts.asked & 0xffff;
  counts.asked += 1;
  open.set(id, name);
  const labels = (name === 'allowed' ? allowed : blocked).split('.').map((label) => Buffer.from(label));
  const encoded = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  socket.send(Buffer.concat([header, ...encoded, Buffer.from([0, 0, 1, 0, 1])]), 53, address, () => undefined);
}, INTERVAL_MS);

process.once('SIGTERM', () => {
  clearInterval(timer);
  const stopped = performance.now();
  const waiting = setInterval(() => {
    if (open.size > 0 && performance.now() - stopped < PATIENCE_MS) return;
    clearInterval(waiting);
    // A gap that has not ended counts too.
    counts.longestGapMs = Math.round(Math.max(counts.longestGapMs, stopped - last));
    const names = [...open.values()];
    const lost = {
      allowed: names.filter((name) => name === 'allowed').length,
      blocked: names.filter((name) => name === 'blocked').length,
    };
    process.stdout.write(`${JSON.stringify({ ...counts, lost })}\n`);
    socket.close();
  }, INTERVAL_MS);
});
process.stdout.write('asking\n');
