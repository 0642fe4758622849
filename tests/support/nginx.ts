import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './background-process.ts';
import { freePort } from './free-port.ts';

/** Debian's nginx, serving a folder on loopback: compressed, with entity tags. */
export interface Nginx extends AsyncDisposable {
  url: string;
  /** What is served. */
  folder: string;
  /** One line a request: status, encoding, bytes. */
  log(): Promise<string[]>;
}

export async function startNginx(): Promise<Nginx> {
  const root = await mkdtemp(join(tmpdir(), 'portcullis-nginx-'));
  const folder = join(root, 'www');
  await mkdir(folder);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${root}/${name};`)
    .join(' ');
  await writeFile(
    join(root, 'nginx.conf'),
    `daemon off; master_process off; pid ${root}/nginx.pid; error_log ${root}/error.log;
    events {}
    http {
      ${temporary}
      log_format short '$status $sent_http_content_encoding $body_bytes_sent';
      access_log ${root}/access.log short;
      types { application/jose jws; }
      gzip on; gzip_types application/jose; gzip_min_length 0;
      server { listen 127.0.0.1:${port}; root ${folder}; etag on; add_header Cache-Control no-cache; }
    }`,
  );
  const nginx = await startProcess(['/usr/sbin/nginx', '-p', root, '-c', join(root, 'nginx.conf')]);
  while (nginx.running() && !(await answers(port)));
  if (!nginx.running())
    throw new Error(`nginx ended: ${nginx.output()}${await readFile(join(root, 'error.log'), 'utf8')}`);
  return {
    ...{ url: `http://127.0.0.1:${port}`, folder },
    log: async () => (await readFile(join(root, 'access.log'), 'utf8')).split('\n').filter((line) => line !== ''),
    async [Symbol.asyncDispose]() {
      await nginx.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => resolve(true))
      .once('error', () => setTimeout(resolve, 50, false));
    socket.once('connect', () => socket.destroy());
  });
}
