import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

export interface CriAnswer {
  /** gRPC's status: 0 is success (https://grpc.io/docs/guides/status-codes/). */
  readonly status: number;
  readonly message: string;
}

/**
 * Has a container runtime pull an image as a kubelet does: `runtime.v1.ImageService/PullImage` of
 * https://github.com/kubernetes/cri-api, by gRPC over the runtime's socket.
 */
export async function criPull(socket: string, image: string): Promise<CriAnswer> {
  const session = connectHttp2('http://localhost', { createConnection: () => connect(socket) });
  try {
    const call = session.request({
      ':method': 'POST',
      ':path': '/runtime.v1.ImageService/PullImage',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let found: CriAnswer | null = null;
    const read = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] === undefined) return;
      found = {
        status: Number(headers['grpc-status']),
        message: decodeURIComponent(String(headers['grpc-message'] ?? '')),
      };
    };
    call.on('response', read).on('trailers', read).resume();
    // PullImageRequest { ImageSpec image = 1 { string image = 1 } }
    const message = field(field(Buffer.from(image)));
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([frame, message]));
    await once(call, 'close');
    if (found === null) throw new Error('the runtime gave no status');
    return found;
  } finally {
    session.close();
  }
}

/** Field 1, of bytes; fewer than 128 of them (https://protobuf.dev/programming-guides/encoding/). */
function field(content: Buffer): Buffer {
  if (content.length > 127) throw new Error('too long for this encoding');
  return Buffer.concat([Buffer.from([0x0a, content.length]), content]);
}
