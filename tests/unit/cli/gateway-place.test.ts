import { describe, expect, it } from 'vitest';
import { findGateway, type GatewayPlace, type GatewaySurroundings, placeOf } from '../../../main/cli/gateway-place.ts';
import { silentProblem, stoppedProblem } from '../../../main/cli/gateway-problems.ts';

const UNIT = '/lib/systemd/system/portcullis-gateway.service';
const SYSTEM = '/etc/portcullis/gateway.json';
const CONTROL = '/run/portcullis/control.sock';
const demoFiles = {
  '/home/mia/demo/portcullis-demo.json': '{}',
  '/home/mia/demo/gateway.json': '{"control":"/home/mia/demo/run/control.sock","proxy":[]}',
};
const demo: GatewayPlace = {
  control: '/home/mia/demo/run/control.sock',
  config: '/home/mia/demo/gateway.json',
  keptBy: 'demo',
};

/** A machine with these files; one without content cannot be read. */
function machine(files: Record<string, string | null>, change: Partial<GatewaySurroundings> = {}): GatewaySurroundings {
  return {
    platform: 'linux',
    env: {},
    demoFolder: '/home/mia/demo',
    exists: async (path) => Object.hasOwn(files, path),
    read: async (path) => files[path] ?? null,
    ...change,
  };
}

describe('the gateway of this machine', () => {
  it('is none where nothing was installed and no demo ran', async () => {
    expect(await findGateway(machine({}))).toBeNull();
    // A folder that only looks like a demo's, and a demo that has not come as far as its gateway.
    expect(await findGateway(machine({ '/home/mia/demo/gateway.json': '{"control":"/tmp/x"}' }))).toBeNull();
    expect(await findGateway(machine({ '/home/mia/demo/portcullis-demo.json': '{}' }))).toBeNull();
  });

  it("is the demo's where only a demo is", async () => {
    expect(await findGateway(machine(demoFiles))).toEqual(demo);
  });

  it('is the installed one even beside a demo, unless the agent that was named is a demo', async () => {
    const files = { ...demoFiles, [UNIT]: '', [SYSTEM]: '{"control":"/srv/control.sock"}' };
    expect(await findGateway(machine(files))).toEqual({
      control: '/srv/control.sock',
      config: SYSTEM,
      keptBy: 'systemd',
    });
    const named = { PORTCULLIS_AGENT_SOCKET: '/home/mia/demo/run/agent.sock' };
    expect(await findGateway(machine(files, { env: named }))).toEqual(demo);
    const another = { PORTCULLIS_AGENT_SOCKET: '/run/user/1000/portcullis/agent.sock' };
    expect(await findGateway(machine(files, { env: another }))).toMatchObject({ config: SYSTEM });
  });

  it('is at its usual socket where its configuration cannot be read, or is not there yet', async () => {
    const place = { control: CONTROL, keptBy: 'systemd' };
    expect(await findGateway(machine({ [UNIT]: '', [SYSTEM]: null }))).toEqual({ ...place, config: SYSTEM });
    expect(await findGateway(machine({ [UNIT]: '' }))).toEqual({ ...place, config: null });
    expect(await findGateway(machine({ [CONTROL]: '' }))).toEqual({ ...place, config: null, keptBy: 'nobody' });
  });

  it('that was named is kept by what keeps its configuration', async () => {
    const around = machine({ ...demoFiles, [UNIT]: '' });
    expect((await placeOf('/home/mia/demo/gateway.json', 'x', around)).keptBy).toBe('demo');
    expect((await placeOf('/home/mia/demo/other.json', 'x', around)).keptBy).toBe('nobody');
    expect((await placeOf('mine.json', 'x', around)).config).toBe('mine.json');
    expect((await placeOf(SYSTEM, 'x', around)).keptBy).toBe('systemd');
    expect((await placeOf(SYSTEM, 'x', machine({ [SYSTEM]: '' }))).keptBy).toBe('nobody');
    expect((await placeOf(SYSTEM, 'x', machine({ [UNIT]: '' }, { platform: 'darwin' }))).keptBy).toBe('nobody');
  });
});

describe('a gateway that cannot be asked', () => {
  const system: GatewayPlace = { control: CONTROL, config: SYSTEM, keptBy: 'systemd' };
  const byHand: GatewayPlace = { control: '/tmp/c.sock', config: "/srv/it's (1)/gateway.json", keptBy: 'nobody' };
  const next = (problem: { next?: string | undefined }) => problem.next ?? '';

  it('that does not run is started by one command', () => {
    expect(next(stoppedProblem(system, ''))).toBe('Start it: sudo systemctl restart portcullis-gateway');
    expect(next(stoppedProblem(demo, ''))).toBe('Start it: npm start -- --folder /home/mia/demo');
    expect(next(stoppedProblem({ ...system, keptBy: 'nobody' }, ''))).toBe(
      `Start it: sudo portcullis gateway run --config ${SYSTEM}`,
    );
    expect(next(stoppedProblem(byHand, ''))).toBe(
      "Start it: portcullis gateway run --config '/srv/it'\\''s (1)/gateway.json'",
    );
  });

  it('that hangs is ended by one command, and said to come back only where something brings it back', () => {
    expect(next(silentProblem(system, 'linux', ''))).toMatch(
      /restarted automatically: sudo systemctl kill --signal=KILL portcullis-gateway$/,
    );
    expect(next(silentProblem(demo, 'linux', ''))).toMatch(
      /restarted automatically: pkill -KILL -f 'gateway run --config \/home\/mia\/demo\/gateway.json'$/,
    );
    const alone = next(silentProblem(byHand, 'linux', ''));
    expect(alone).toBe(
      "End it, then start it again as before: pkill -KILL -f 'gateway run --config /srv/it'\\''s \\(1\\)/gateway.json'",
    );
    expect(next(silentProblem({ ...byHand, config: null }, 'darwin', ''))).toMatch(
      /: sudo pkill -KILL -f 'gateway run'$/,
    );
  });
});
