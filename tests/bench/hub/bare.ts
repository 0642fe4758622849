import { createServer } from 'node:http';

/** Answers whatever is asked with 304 and the headers of its argument, a list of names and values as JSON. Says its port. */
const headers: string[] = JSON.parse(process.argv[2] ?? '[]');
const server = createServer((_request, response) => {
  response.writeHead(304, headers).end();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
