import { describe, expect, it } from 'vitest';
import { attach, attachSteps } from '../../../main/attachment/attach.ts';
import { undoAttachment, unknownAttachment } from '../../../main/attachment/detach.ts';
import { engineEnvironment } from '../../../main/attachment/files.ts';
import { type AttachOptions, changesAnything, planAgain, planAttachment } from '../../../main/attachment/plan.ts';
import { readRecord } from '../../../main/attachment/record.ts';
import { recordAudit } from '../../../main/attachment/run-audit.ts';
import { ATTACHMENT_FILE, AttachmentAudit, AUDIT_FILE } from '../../../shared/schemas/attachment.ts';
import { type PlayedHost, playedHost } from './played-host.ts';

/** Nothing answers. */
const NO_ENGINE = {
  randomBytes: (count: number) => Buffer.alloc(count),
  ask: async () => ({ kind: 'unreachable', cause: 'ENOENT' }) as const,
  now: () => 5,
};
const OPTIONS: AttachOptions = {
  ...{ engines: null, gateway: null, allow: [], machineDns: false },
  ...{ program: ['/usr/bin/portcullis'], now: 1_800_000_000_000 },
};
const RUN = { restart: true, say: () => undefined };

const stateOf = (host: PlayedHost) => ({ tree: host.tree(), folders: host.folders() });

async function attached(host: PlayedHost, options = OPTIONS): Promise<void> {
  await attach(host.machine, await planAttachment(host.machine, options), RUN);
}

async function detached(host: PlayedHost): Promise<void> {
  const record = await readRecord(host.machine);
  if (record !== null) await undoAttachment(host.machine, record, RUN);
}

/** How many steps an attachment of this machine has. */
async function countSteps(): Promise<number> {
  using host = playedHost();
  return attachSteps(host.machine, await planAttachment(host.machine, OPTIONS), RUN).length;
}
const STEPS = await countSteps();

describe('an attachment', () => {
  it('is undone without a trace, and what was there before is as it was', async () => {
    using host = playedHost();
    host.put('/etc/systemd/system/docker.service.d/10-mine.conf', '[Service]\nEnvironment=A=b\n');
    host.put('/etc/docker/daemon.json', '{}');
    const before = stateOf(host);
    await attached(host);
    expect(host.tree()).toHaveProperty([ATTACHMENT_FILE]);
    await detached(host);
    expect(stateOf(host)).toEqual(before);
    expect(host.told.at(-1)).toContain('reset-failed');
  });

  it('is the same when it is made again', async () => {
    using host = playedHost();
    await attached(host);
    const once = stateOf(host);
    const plan = await planAttachment(host.machine, OPTIONS);
    expect(plan.changes).toEqual([]);
    await attach(host.machine, plan, RUN);
    expect(stateOf(host)).toEqual(once);
  });

  describe('by the rules of a new version', () => {
    const again = async (host: PlayedHost) => {
      const record = await readRecord(host.machine);
      if (record === null) throw new Error('nothing is attached');
      return planAgain(host.machine, record, { ...OPTIONS, now: OPTIONS.now + 1 });
    };
    const chosen: AttachOptions = {
      ...OPTIONS,
      ...{ engines: ['docker'], allow: ['10.0.0.9:12201'], machineDns: true },
      gateway: { engine: ['10.0.0.1:53'], workload: ['10.0.0.3:53'], proxy: '10.0.0.1:3128' },
    };

    it.each([
      ['all that there is', OPTIONS],
      ['what was chosen', chosen],
    ])('is as it was with %s', async (_, options) => {
      using host = playedHost({ units: ['docker.service', 'containerd.service', 'portcullis-gateway.service'] });
      await attached(host, options);
      const once = stateOf(host);
      expect(changesAnything(await again(host))).toBe(false);
      host.put('/etc/portcullis/attachment/guard.sh', '# of an older version');
      const plan = await again(host);
      expect(plan.refusals).toEqual([]);
      expect(plan.changes.map(({ path }) => path)).toEqual(['/etc/portcullis/attachment/guard.sh']);
      expect(changesAnything(plan)).toBe(true);
      await attach(host.machine, { ...plan, record: { ...plan.record, at: OPTIONS.now } }, RUN);
      expect(stateOf(host)).toEqual(once);
    });

    it('keeps an engine that is not installed at the moment, and adds none', async () => {
      const units = ['docker.service', 'portcullis-gateway.service'];
      using host = playedHost({ units });
      await attached(host);
      units[0] = 'containerd.service';
      const plan = await again(host);
      expect(plan.refusals).toEqual([]);
      expect(plan.record.engines).toEqual(['docker']);
      expect(changesAnything(plan)).toBe(false);
    });

    it('finishes what was killed', async () => {
      using host = playedHost();
      for (const step of attachSteps(host.machine, await planAttachment(host.machine, OPTIONS), RUN).slice(0, -2)) {
        await step.run();
      }
      expect(changesAnything(await again(host))).toBe(true);
    });
  });

  it.each(Array.from({ length: STEPS }, (_, index) => index))(
    'killed after step %i is finished by another attach, and undone by a detach',
    async (steps) => {
      using whole = playedHost();
      await attached(whole);

      const killed = async (host: PlayedHost) => {
        const plan = await planAttachment(host.machine, OPTIONS);
        for (const step of attachSteps(host.machine, plan, RUN).slice(0, steps)) await step.run();
      };
      using resumed = playedHost();
      await killed(resumed);
      await attached(resumed);
      expect(stateOf(resumed)).toEqual(stateOf(whole));

      using undone = playedHost();
      const before = stateOf(undone);
      await killed(undone);
      await detached(undone);
      expect(stateOf(undone)).toEqual(before);
    },
  );

  it('killed in the middle of writing a file leaves nothing of it after a detach', async () => {
    using host = playedHost();
    const before = stateOf(host);
    const plan = await planAttachment(host.machine, OPTIONS);
    for (const step of attachSteps(host.machine, plan, RUN).slice(0, 4)) await step.run();
    host.put('/etc/portcullis/attachment/.guard.nft.0123456789ab.tmp', 'table');
    host.put('/etc/systemd/system/docker.service.d/.50-portcullis.conf.0123456789ab.tmp', '[Unit]');
    await detached(host);
    expect(stateOf(host)).toEqual(before);
  });

  it.each([
    /daemon-reload/,
    /enable --quiet portcullis-engine-guard/,
    /restart portcullis-engine-guard/,
    /start portcullis-gateway/,
    /restart docker/,
    /start portcullis-engine-audit/,
  ])('that fails at %s leaves the machine as it was, and says why', async (command) => {
    using host = playedHost();
    const before = stateOf(host);
    host.failOn = command;
    await expect(attached(host)).rejects.toThrow('played failure');
    expect(stateOf(host)).toEqual(before);
  });

  it('that fails while another is in place leaves that one', async () => {
    using host = playedHost();
    await attached(host);
    const before = stateOf(host);
    host.failOn = /restart portcullis-engine-guard/;
    await expect(attached(host, { ...OPTIONS, machineDns: true })).rejects.toThrow('played failure');
    expect(stateOf(host)).toEqual(before);
  });

  it('without an option that it had before takes away what came with that option', async () => {
    using host = playedHost({ units: ['docker.service', 'containerd.service', 'portcullis-gateway.service'] });
    await attached(host);
    expect(host.tree()).toHaveProperty(['/etc/systemd/system/containerd.service.d/50-portcullis.conf']);
    await attached(host, { ...OPTIONS, engines: ['docker'] });
    expect(host.tree()).not.toHaveProperty(['/etc/systemd/system/containerd.service.d/50-portcullis.conf']);
    expect((await readRecord(host.machine))?.files).not.toContain(
      '/etc/systemd/system/containerd.service.d/50-portcullis.conf',
    );
  });

  it('takes the place of what the older guide had administrators write, and detach does not bring that back', async () => {
    using host = playedHost();
    const gateway = {
      ...{ stateDir: '/var/lib/portcullis', control: '/run/portcullis/control.sock' },
      ...{ dns: { engine: ['10.200.0.1:53'], workload: ['10.200.0.3:53'] }, proxy: ['10.200.0.1:3128'] },
      allowFrom: ['10.200.0.0/24'],
    };
    host.put('/etc/portcullis/gateway.json', JSON.stringify(gateway));
    const dropIn = '/etc/systemd/system/docker.service.d/portcullis.conf';
    host.put(
      dropIn,
      '[Unit]\nWants=portcullis-gateway.service\nAfter=portcullis-gateway.service\n[Service]\nEnvironment=HTTPS_PROXY=http://10.200.0.1:3128 HTTP_PROXY=http://10.200.0.1:3128\n',
    );
    const netdev = '/etc/systemd/network/50-portcullis.netdev';
    host.put(netdev, '[NetDev]\nName=portcullis0\nKind=dummy\n');
    const plan = await planAttachment(host.machine, OPTIONS);
    expect(plan.refusals).toEqual([]);
    await attach(host.machine, plan, RUN);
    expect(Object.keys(host.tree())).not.toContain(dropIn);
    expect(Object.keys(host.tree())).not.toContain(netdev);
    await detached(host);
    // The gateway's configuration was the administrator's, and stays.
    expect(host.tree()['/etc/portcullis/gateway.json']).toBe(JSON.stringify(gateway));
    expect(Object.keys(host.tree())).not.toContain(dropIn);
  });

  describe('beside a Docker Engine that a user runs', () => {
    const SETUP = '/usr/bin/dockerd-rootless.sh';
    function runRootless(host: PlayedHost, proxy: string | undefined, group = 'app.slice/docker.service'): void {
      host.put(SETUP, '');
      host.put('/run/user/1000/bus', '');
      host.put('/proc/77/comm', 'dockerd\n');
      host.put('/proc/77/status', 'Name:\tdockerd\nUid:\t1000\t1000\t1000\t1000\n');
      host.put('/proc/77/cgroup', `0::/user.slice/user-1000.slice/user@1000.service/${group}\n`);
      host.put('/proc/77/environ', `HOME=/home/mia\0${proxy === undefined ? '' : `HTTPS_PROXY=${proxy}\0`}`);
    }
    const OURS = 'http://10.200.0.1:3128';
    const AS_MIA = 'runuser -u mia -- env XDG_RUNTIME_DIR=/run/user/1000 systemctl --user';

    it('restarts it as that user, and not again once it goes through the gateway', async () => {
      using host = playedHost();
      runRootless(host, undefined);
      const { restarts } = await planAttachment(host.machine, OPTIONS);
      expect(restarts.filter(({ uid }) => uid !== null)).toEqual([
        expect.objectContaining({ engine: 'docker-rootless', unit: 'docker.service', uid: 1000 }),
      ]);
      await attached(host);
      expect(host.told).toContain(`${AS_MIA} daemon-reload`);
      expect(host.told).toContain(`${AS_MIA} restart docker.service`);
      runRootless(host, OURS);
      expect((await planAttachment(host.machine, OPTIONS)).restarts.filter(({ uid }) => uid !== null)).toEqual([]);
    });

    it('does not fail with it: the audit says that it pulls past the gateway', async () => {
      using host = playedHost();
      runRootless(host, 'http://10.9.9.9:3128');
      host.failOn = /^runuser .* restart /;
      await attached(host);
      const { findings } = await recordAudit(host.machine, 5, NO_ENGINE);
      expect(findings).toContainEqual(
        expect.objectContaining({
          severity: 'open',
          engine: 'docker-rootless',
          problem: expect.objectContaining({ code: 'attachment-rootless-past', args: { uid: 1000, pid: 77 } }),
        }),
      );
      runRootless(host, OURS);
      expect(JSON.stringify(await recordAudit(host.machine, 6, NO_ENGINE))).not.toContain('rootless-past');
    });

    it('finds one that was started by hand, and does not claim to restart it', async () => {
      using host = playedHost();
      runRootless(host, undefined, 'app.slice/run-u7.scope');
      expect((await planAttachment(host.machine, OPTIONS)).restarts.filter(({ uid }) => uid !== null)).toEqual([]);
      await attached(host);
      expect(JSON.stringify(await recordAudit(host.machine, 5, NO_ENGINE))).toContain('rootless-past');
    });

    it('lets it go when it is detached', async () => {
      using host = playedHost();
      runRootless(host, OURS);
      await attached(host);
      host.told.length = 0;
      await detached(host);
      expect(host.told.slice(0, 6)).toContain(`${AS_MIA} daemon-reload`);
      expect(host.told).toContain(`${AS_MIA} restart docker.service`);
    });

    it('is none of ours where it is left out', async () => {
      using host = playedHost();
      runRootless(host, undefined);
      await attached(host, { ...OPTIONS, engines: ['docker'] });
      expect(host.told.filter((line) => line.startsWith('runuser'))).toEqual([]);
      expect(JSON.stringify(await recordAudit(host.machine, 5, NO_ENGINE))).not.toContain('rootless-past');
    });
  });

  it('leaves a file of that name alone that somebody has added to', async () => {
    using host = playedHost();
    const dropIn = '/etc/systemd/system/docker.service.d/portcullis.conf';
    host.put(dropIn, '[Service]\nLimitNOFILE=1048576\n');
    await attached(host);
    expect(host.tree()[dropIn]).toBe('[Service]\nLimitNOFILE=1048576\n');
  });

  it('whose wall cannot be taken away keeps what takes it away, and says so until it is gone', async () => {
    using host = playedHost();
    const before = host.tree();
    await attached(host);
    host.failOn = /guard\.sh drop/;
    await expect(detached(host)).rejects.toThrow();
    expect(Object.keys(host.tree())).toEqual(
      expect.arrayContaining([ATTACHMENT_FILE, '/etc/portcullis/attachment/guard.sh']),
    );
    // Nothing loads it again meanwhile.
    expect(Object.keys(host.tree())).not.toContain('/etc/portcullis/attachment/guard.nft');
    host.told.length = 0;
    await detached(host);
    expect(host.told).toContain('/bin/sh /etc/portcullis/attachment/guard.sh drop');
    expect(host.tree()).toEqual(before);
  });

  it("whose record is damaged can be taken away all the same; only gateway.json stays, which may be somebody else's", async () => {
    using host = playedHost({ units: ['docker.service', 'containerd.service', 'portcullis-gateway.service'] });
    const before = host.tree();
    await attached(host);
    host.put(ATTACHMENT_FILE, '{"version":1,');
    await undoAttachment(host.machine, unknownAttachment(), RUN);
    const { '/etc/portcullis/gateway.json': config, ...rest } = host.tree();
    expect(config).toContain('"stateDir"');
    expect(rest).toEqual(before);
    expect(host.told).toContain('/bin/sh /etc/portcullis/attachment/guard.sh drop');
  });

  it('whose record cannot be read is refused by its code, and nothing is touched', async () => {
    using host = playedHost();
    host.put(ATTACHMENT_FILE, '{"version":2}');
    const before = stateOf(host);
    await expect(planAttachment(host.machine, OPTIONS)).rejects.toMatchObject({
      problem: { code: 'attachment-record-unreadable' },
    });
    expect(stateOf(host)).toEqual(before);
  });
});

describe('the plan', () => {
  it('uses the packet filter of systemd where nftables cannot match control groups', async () => {
    using host = playedHost({ nft: 'no-control-groups' });
    const { record, files, refusals } = await planAttachment(host.machine, OPTIONS);
    expect(refusals).toEqual([]);
    expect(record.wall).toBe('systemd');
    const dropIn = files.find(({ path }) => path.endsWith('docker.service.d/50-portcullis.conf'))?.content;
    expect(dropIn).toContain('IPAddressDeny=any\n');
    expect(dropIn).toMatch(/^IPAddressAllow=localhost .*\b10\.200\.0\.1\b/m);
    expect(dropIn).not.toContain('ExecStartPre');
    expect(files.find(({ path }) => path.endsWith('guard.nft'))?.content).not.toContain('cgroup');
  });

  it.each([
    ['nft is missing', { nft: 'missing' }, 'attachment-nft-missing'],
    ['the kernel takes no rules', { nft: 'nothing' }, 'attachment-nft-failed'],
    ['there is no engine', { units: ['portcullis-gateway.service'] }, 'attachment-no-engine'],
    ['there is no gateway', { units: ['docker.service'] }, 'attachment-gateway-not-installed'],
  ] as const)('refuses where %s', async (_, options, code) => {
    using host = playedHost(options);
    const { refusals } = await planAttachment(host.machine, OPTIONS);
    expect(refusals.map((refusal) => refusal.code)).toEqual([code]);
  });

  it('refuses an engine that is not installed by its name', async () => {
    using host = playedHost();
    const { refusals } = await planAttachment(host.machine, { ...OPTIONS, engines: ['podman'] });
    expect(refusals).toMatchObject([{ code: 'attachment-engine-unknown', args: { engine: 'podman' } }]);
  });

  it.each([
    ['no proxy', { proxy: [] }],
    ['loopback addresses', { dns: { engine: ['127.0.0.1:53'] } }],
    ['a setting that there is not', { unknown: true }],
  ])('refuses a gateway.json with %s', async (_, changes) => {
    using host = playedHost();
    const whole = {
      ...{ stateDir: '/s', control: '/c', dns: { engine: ['10.0.0.1:53'] } },
      ...{ proxy: ['10.0.0.1:3128'], allowFrom: ['10.0.0.0/8'], ...changes },
    };
    host.put('/etc/portcullis/gateway.json', JSON.stringify(whole));
    await expect(planAttachment(host.machine, OPTIONS)).rejects.toMatchObject({
      problem: { code: 'attachment-gateway-config' },
    });
  });

  it('refuses --machine-dns where the gateway runs as root: its own questions would come back to it', async () => {
    using host = playedHost();
    const config = { stateDir: '/s', control: '/c', dns: { engine: ['10.0.0.1:53'] }, proxy: ['10.0.0.1:3128'] };
    const codes = async (user?: string) => {
      host.put('/etc/portcullis/gateway.json', JSON.stringify({ ...config, allowFrom: ['10.0.0.0/8'], user }));
      const { refusals } = await planAttachment(host.machine, { ...OPTIONS, machineDns: true });
      return refusals.map(({ code }) => code);
    };
    expect(await codes()).toEqual(['attachment-gateway-as-root']);
    expect(await codes('portcullis')).toEqual([]);
  });

  it.each([
    ['127.0.0.53', true],
    ['::1', true],
    ['192.0.2.1', false],
  ])(
    'says that DNS cannot be checked where the gateway is elsewhere and the resolver is %s: %s',
    async (resolver, said) => {
      using host = playedHost();
      host.put('/etc/resolv.conf', `# made by hand\nnameserver ${resolver}\n`);
      const gateway = { engine: ['10.0.0.1:53'], workload: ['10.0.0.3:53'], proxy: '10.0.0.1:3128' };
      const { notices } = await planAttachment(host.machine, { ...OPTIONS, gateway });
      expect(notices.some(({ code }) => code === 'attachment-stub-resolver')).toBe(said);
      const local = await planAttachment(host.machine, OPTIONS);
      expect(local.notices.some(({ code }) => code === 'attachment-stub-resolver')).toBe(false);
    },
  );

  it('restarts an engine that gets another kind of wall, though its environment stays', async () => {
    using host = playedHost();
    await attached(host);
    const record = await readRecord(host.machine);
    if (record === null) throw new Error('nothing is attached');
    const environment = Object.entries(engineEnvironment(record)).map(([name, value]) => `${name}=${value}`);
    host.put('/proc/100/environ', environment.join('\0'));
    expect((await planAttachment(host.machine, OPTIONS)).restarts).toEqual([]);
    host.put(ATTACHMENT_FILE, JSON.stringify({ ...record, wall: 'systemd' }));
    expect((await planAttachment(host.machine, OPTIONS)).restarts).toMatchObject([{ unit: 'docker.service' }]);
  });

  it('leaves addresses to whoever gives them to the machine already', async () => {
    using host = playedHost({ addresses: [{ ifname: 'eth1', local: '10.0.0.1' }] });
    host.put(
      '/etc/portcullis/gateway.json',
      JSON.stringify({
        ...{ stateDir: '/s', control: '/c', dns: { engine: ['10.0.0.1:53'], workload: ['10.0.0.3:53'] } },
        ...{ proxy: ['10.0.0.1:3128'], allowFrom: ['10.0.0.0/8'] },
      }),
    );
    const { record } = await planAttachment(host.machine, OPTIONS);
    expect(record.addresses).toEqual(['10.0.0.3/32']);
  });
});

describe('a machine on which nothing is attached', () => {
  it('has its engines listed for the gateway, each with the command that attaches it', async () => {
    using host = playedHost();
    await recordAudit(host.machine, 5, NO_ENGINE);
    const { engines, findings, at } = AttachmentAudit.parse(JSON.parse((await host.machine.read(AUDIT_FILE)) ?? ''));
    expect(at).toBe(5);
    expect(findings).toEqual([]);
    expect(engines).toContainEqual(
      expect.objectContaining({ id: 'docker', hold: 'nothing', command: 'sudo portcullis engine attach' }),
    );
  });
});
