import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { helloProgram } from './hello-program.ts';

/** A part of an image as a registry serves it. */
export interface Blob {
  readonly type: string;
  readonly digest: string;
  readonly body: Buffer;
}

export interface Image {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const EPOCH = '1970-01-01T00:00:00Z';

/**
 * An image of one file that prints `text`, in the form that every Docker Engine pulls: image manifest version 2, schema 2
 * (https://distribution.github.io/distribution/spec/manifest-v2-2/). The same on every run, so its digests are too.
 *
 * @param processor as in `process.arch`; on others than x64 and arm64 the image can be pulled but not run
 */
export function helloImage(processor: string, text: string): Image {
  const tar = archive('hello', helloProgram(processor, text) ?? Buffer.from(text));
  const layer = blob(LAYER, gzipSync(tar));
  const config = json(CONFIG, {
    architecture: processor === 'x64' ? 'amd64' : processor,
    os: 'linux',
    created: EPOCH,
    config: { Cmd: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created: EPOCH, created_by: 'Portcullis demo' }],
  });
  const reference = ({ type, digest, body }: Blob) => ({ mediaType: type, size: body.length, digest });
  const manifest = json(MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: reference(config),
    layers: [reference(layer)],
  });
  return { manifest, blobs: [config, layer] };
}

function json(type: string, value: object): Blob {
  return blob(type, Buffer.from(JSON.stringify(value)));
}

function blob(type: string, body: Buffer): Blob {
  return { type, digest: digestOf(body), body };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** One executable file of root's in an archive (POSIX.1-1988, ustar). */
function archive(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  header.write(name, 0, 'latin1');
  octal(0o755, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
