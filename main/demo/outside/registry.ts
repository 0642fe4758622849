import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Blob, Image } from './hello-image.ts';

/**
 * A registry that can only be pulled from, and has one image: the part of the OCI distribution specification that engines need
 * (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pull).
 */
export function serveImage(repository: string, { manifest, blobs }: Image): RequestListener {
  const base = `/v2/${repository}`;
  const answers = new Map<string, Pick<Blob, 'type' | 'body'> & Partial<Blob>>([
    ['/v2/', jsonAnswer({})],
    [`${base}/tags/list`, jsonAnswer({ name: repository, tags: ['latest'] })],
    [`${base}/manifests/latest`, manifest],
    [`${base}/manifests/${manifest.digest}`, manifest],
    ...blobs.map((blob): [string, Blob] => [`${base}/blobs/${blob.digest}`, blob]),
  ]);
  return (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const { pathname } = new URL(request.url ?? '/', 'https://registry.example');
    const known = answers.get(pathname);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const { type, body, digest } = isRead && known !== undefined ? known : failure(isRead);
    response.writeHead(isRead ? (known === undefined ? 404 : 200) : 405, {
      'content-type': type,
      'content-length': body.length,
      'docker-distribution-api-version': 'registry/2.0',
      ...(digest === undefined ? {} : { 'docker-content-digest': digest }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

function failure(isRead: boolean): Pick<Blob, 'type' | 'body'> & Partial<Blob> {
  const [code, message] = isRead
    ? ['NAME_UNKNOWN', "The demo's registry has one image only."]
    : ['UNSUPPORTED', "The demo's registry can only be pulled from."];
  return jsonAnswer({ errors: [{ code, message }] });
}

function jsonAnswer(value: object): Pick<Blob, 'type' | 'body'> {
  return { type: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}
