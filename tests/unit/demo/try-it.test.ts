import { expect, it } from 'vitest';
import { tourOf } from '../../../main/demo/tour.ts';
import { type TryIt, tryItText } from '../../../main/demo/try-it.ts';

const demo: TryIt = {
  folder: '/home/mia/.local/share/portcullis-demo',
  own: null,
  hubUrl: 'http://localhost:8080',
  dashboardUrl: 'http://localhost:8080/dashboard/',
  dashboardKey: null,
  users: [],
  panel: { kind: 'browser' },
  dns: '127.0.0.1:5353',
  tour: tourOf({ own: null, proxy: '127.0.0.1:3128', caFile: '/tmp/ca.pem', engineSocket: null }),
  isRealEngine: false,
};

it('prints commands that find the demo without being told where it is', () => {
  const text = tryItText(demo);
  expect(text).toContain('\n       npm run -s portcullis -- explain registry.globex.example/hello\n');
  expect(text).toContain('Press Ctrl-C to stop.');
  expect(text).toContain('\n  npm start -- --reset\n');
});

it('prints commands that reach a demo in another folder', () => {
  const text = tryItText({ ...demo, folder: "/tmp/mia's", own: { agentSocket: "/tmp/mia's/run/agent.sock" } });
  const socket = `PORTCULLIS_AGENT_SOCKET='/tmp/mia'\\''s/run/agent.sock'`;
  expect(text).toContain(`\n       ${socket} npm run -s portcullis -- explain registry.globex.example/hello\n`);
  expect(text).toContain(`to open it again: ${socket} npm run -s portcullis -- open\n`);
  expect(text).toContain(`\n  npm start -- --folder '/tmp/mia'\\''s' --reset\n`);
});

it('names the dashboard, and the key that opens it where there is a terminal', () => {
  expect(tryItText(demo)).toContain('  Dashboard        http://localhost:8080/dashboard/   for olivia, the owner\n');
  expect(tryItText({ ...demo, dashboardKey: 'd' })).toContain('the owner; press d to open it\n');
});
