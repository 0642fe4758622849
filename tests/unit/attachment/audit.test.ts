import { describe, expect, it } from 'vitest';
import { audit, heldGroups, rulesOf } from '../../../main/attachment/audit.ts';
import type { AuditFacts } from '../../../main/attachment/audit-facts.ts';
import type { AttachmentRecord } from '../../../main/attachment/record.ts';
import { parseEnvironment, parseUnits, type UnitFacts } from '../../../main/attachment/units.ts';

/** As nft 1.0.6 lists it. */
const listing = (elements: string) => `table inet portcullis_guard {
	set bridges {
		type ifname
		flags interval
		elements = { "br-*",
			     "docker0" }
	}

	set engines_2 {
		typeof socket cgroupv2 level 0
${elements}	}

	set engines_3 {
		typeof socket cgroupv2 level 0
	}

	chain engine {
		counter packets 0 bytes 0 reject with icmpx admin-prohibited
	}
}
`;
const HELD = listing(
  '\t\telements = { "system.slice/containerd.service",\n\t\t\t     "system.slice/docker.service" }\n',
);
const EMPTY = listing('');

const record: AttachmentRecord = {
  ...{ version: 1, at: 0, state: 'attached', local: true, wall: 'nftables', machineDns: false },
  gateway: { engine: [{ host: '10.200.0.1', port: 53 }], workload: [], proxy: { host: '10.200.0.1', port: 3128 } },
  engines: ['docker'],
  ...{ addresses: [], allow: [], program: ['/usr/bin/portcullis'], files: [], folders: [] },
};
const docker: UnitFacts = {
  ...{ id: 'docker.service', loaded: true, active: true, mainPid: 7, needsReload: false },
  ...{ controlGroup: '/system.slice/docker.service', dropIns: [], environment: {} },
  deniesAddresses: false,
  startPre: '{ path=/bin/sh ; argv[]=/bin/sh /etc/portcullis/attachment/guard.sh enter ; }',
};
const guard: UnitFacts = { ...docker, id: 'portcullis-engine-guard.service', mainPid: 0, startPre: '' };
const whole: AuditFacts = {
  record,
  engines: [
    {
      id: 'docker',
      name: 'Docker Engine',
      version: '20.10.24',
      running: true,
      unit: docker,
      socket: null,
      docker: null,
    },
    {
      id: 'docker-rootless',
      name: 'Docker Engine (rootless)',
      version: null,
      running: false,
      unit: null,
      socket: null,
      docker: null,
    },
  ],
  ...{ table: HELD, wantedTable: EMPTY, guard, units: [docker] },
  environments: new Map([['docker.service', { HTTPS_PROXY: 'http://10.200.0.1:3128' }]]),
  ...{ changedFiles: [], processes: [], rootless: [], daemonProxyLine: null },
};

const found = (changes: Partial<AuditFacts>) =>
  audit({ ...whole, ...changes }, 5).findings.map(({ severity, problem }) => `${severity} ${problem.code}`);

describe('an audit', () => {
  it('finds nothing where all is as it was attached', () => {
    expect(audit(whole, 5)).toEqual({
      ...{ version: 1, at: 5, findings: [] },
      engines: [
        {
          id: 'docker',
          name: 'Docker Engine',
          version: '20.10.24',
          running: true,
          hold: 'wall',
          socket: null,
          command: null,
        },
        {
          ...{ id: 'docker-rootless', name: 'Docker Engine (rootless)', version: null, running: false },
          ...{ hold: 'nothing', socket: null, command: 'sudo portcullis engine attach' },
        },
      ],
    });
  });

  const environment = (entries: Record<string, string> | null) => new Map([['docker.service', entries]]);
  const stray = { pid: 9, program: 'dockerd', controlGroup: '/user.slice/x.scope', hostNetwork: true };
  const rows: [string, Partial<AuditFacts>, string[]][] = [
    ['the table is gone', { table: null }, ['open attachment-wall-gone']],
    ['a rule is gone', { table: HELD.replace(/.*reject.*\n/, '') }, ['open attachment-wall-changed']],
    [
      'a rule was added',
      { table: HELD.replace('\t\tcounter', '\t\taccept\n\t\tcounter') },
      ['open attachment-wall-changed'],
    ],
    ['the rules cannot be compared', { wantedTable: null }, ['weakened attachment-wall-not-compared']],
    ['the engine is not in the set', { table: EMPTY }, ['open attachment-engine-outside-wall']],
    [
      'the set names a control group that is gone',
      { table: listing('\t\telements = { 4711 }\n') },
      ['open attachment-engine-outside-wall'],
    ],
    [
      'the engine does not run',
      { units: [{ ...docker, active: false, controlGroup: '', mainPid: 0 }], table: EMPTY, environments: new Map() },
      [],
    ],
    ['the guard is stopped', { guard: { ...guard, active: false } }, ['weakened attachment-guard-not-active']],
    ['there is no guard', { guard: null }, ['weakened attachment-guard-not-active']],
    [
      'the unit does not call the guard',
      { units: [{ ...docker, startPre: '' }] },
      ['open attachment-start-not-guarded'],
    ],
    ['the engine has no proxy', { environments: environment({}) }, ['weakened attachment-proxy-missing']],
    [
      'the engine has another proxy',
      { environments: environment({ HTTPS_PROXY: 'http://x:1' }) },
      ['weakened attachment-proxy-missing'],
    ],
    ['its process has just ended', { environments: environment(null) }, []],
    ['files wait for a reload', { units: [{ ...docker, needsReload: true }] }, ['weakened attachment-reload-needed']],
    ['an engine was started by hand', { processes: [stray] }, ['open attachment-stray-engine']],
    ['an engine runs in another network', { processes: [{ ...stray, hostNetwork: false }] }, []],
    ["a process of the engine's own", { processes: [{ ...stray, controlGroup: '/system.slice/docker.service' }] }, []],
    [
      'an engine that was left out on purpose',
      {
        processes: [{ ...stray, program: 'containerd', controlGroup: '/system.slice/containerd.service' }],
        table: listing('\t\telements = { "system.slice/docker.service" }\n'),
      },
      [],
    ],
    [
      'a file is gone',
      { changedFiles: [{ path: '/a', missing: true, line: 0 }] },
      ['weakened attachment-file-missing'],
    ],
    [
      'a file was changed',
      { changedFiles: [{ path: '/a', missing: false, line: 3 }] },
      ['weakened attachment-file-changed'],
    ],
    [
      'the guard was changed',
      { changedFiles: [{ path: '/etc/portcullis/attachment/guard.sh', missing: false, line: 1 }] },
      ['open attachment-file-changed'],
    ],
    [
      'the rules are gone',
      { changedFiles: [{ path: '/etc/portcullis/attachment/guard.nft', missing: true, line: 0 }] },
      ['open attachment-file-missing'],
    ],
    ['daemon.json names a proxy', { daemonProxyLine: 2 }, ['weakened attachment-daemon-proxy']],
  ];
  it.each(rows)('where %s', (_, changes, codes) => {
    expect(found(changes)).toEqual(codes);
  });

  it("where systemd's packet filter is the wall, that filter has to be there", () => {
    const filtered = { ...record, wall: 'systemd' as const };
    const unit = { ...docker, startPre: '', deniesAddresses: true };
    expect(found({ record: filtered, units: [unit] })).toEqual([]);
    expect(found({ record: filtered, units: [unit], environments: environment({}) })).toEqual([
      'weakened attachment-proxy-missing',
    ]);
    expect(found({ record: filtered, units: [{ ...unit, deniesAddresses: false }] })).toEqual([
      'open attachment-start-not-guarded',
    ]);
  });
});

describe('a listing of nft', () => {
  it('is compared without the engines that come and go', () => {
    expect(rulesOf(HELD)).toBe(rulesOf(EMPTY));
    expect(rulesOf(HELD)).toContain('"docker0"');
  });

  it('names the control groups that are held', () => {
    expect(heldGroups(HELD)).toEqual(new Set(['system.slice/containerd.service', 'system.slice/docker.service']));
    expect(heldGroups(EMPTY)).toEqual(new Set());
  });
});

describe('what systemctl shows', () => {
  it('is read for several units', () => {
    const output =
      'MainPID=7\nId=docker.service\nLoadState=loaded\nActiveState=active\nNeedDaemonReload=yes\nControlGroup=/system.slice/docker.service\nDropInPaths=/a /b\nEnvironment=A=1 "B=two words"\nExecStartPre={ path=/bin/a ; }\nExecStartPre={ path=/bin/b ; }\nIPAddressDeny=0.0.0.0/0 ::/0\n\nId=podman.service\nLoadState=not-found\nActiveState=inactive\nMainPID=0\n';
    const [first, second] = parseUnits(output);
    expect(first).toEqual({
      ...{ id: 'docker.service', loaded: true, active: true, mainPid: 7, needsReload: true },
      ...{ controlGroup: '/system.slice/docker.service', dropIns: ['/a', '/b'] },
      environment: { A: '1', B: 'two words' },
      startPre: '{ path=/bin/a ; }\n{ path=/bin/b ; }',
      deniesAddresses: true,
    });
    expect(second).toMatchObject({ id: 'podman.service', loaded: false, active: false, mainPid: 0 });
  });

  it.each([
    ['', {}],
    ['A=b=c', { A: 'b=c' }],
    ['"A=say \\"x\\""', { A: 'say "x"' }],
  ])('environment %s', (text, entries) => {
    expect(parseEnvironment(text)).toEqual(entries);
  });
});
