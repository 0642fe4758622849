import { openUdpTransport } from '../../main/gateway/native/open-udp-transport.ts';
import { RECEIVE_BUFFER_BYTES } from '../../main/gateway/native/udp-transport.ts';
import { parseSocketAddress } from '../../main/platform/net/socket-address.ts';

/** `node tests/bench/echo.ts HOST:PORT`: sends every question back as its own denial. */
const udp = await openUdpTransport();
const address = parseSocketAddress(process.argv[2] ?? '');
/** RFC 1035 section 4.1.1: a response, and "no such name". */
const [RESPONSE, NXDOMAIN] = [0x80, 3];

await udp.listen({ address, shared: false, receiveBufferBytes: RECEIVE_BUFFER_BYTES }, ({ bytes, length, reply }) => {
  for (let i = 0; i < length; i += 1) reply[i] = bytes[i] ?? 0;
  reply[2] = (reply[2] ?? 0) | RESPONSE;
  reply[3] = NXDOMAIN;
  return length;
});
