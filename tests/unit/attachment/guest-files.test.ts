import { describe, expect, it } from 'vitest';
import { engineEnvironment } from '../../../main/attachment/files.ts';
import { guestFiles, guestKinds } from '../../../main/attachment/guest-files.ts';
import { systemdGuestScript } from '../../../main/attachment/guest-script.ts';
import { guardRules, type RulesOptions } from '../../../main/attachment/rules.ts';
import { GatewayConfig } from '../../../shared/schemas/control-schema.ts';

const all = guestKinds.flatMap((kind) => guestFiles(kind, null).map((file) => ({ kind, ...file })));

describe('the files of a guest', () => {
  it.each(all)('$kind: $name says where it belongs', ({ places, content }) => {
    expect(places.length).toBeGreaterThan(0);
    expect(content).toMatch(/\n$/);
    // Neither for Lima, which would take it for a template, nor left over from ours.
    expect(content).not.toContain('{{');
    expect(content).not.toContain('undefined');
    expect(content).not.toContain('engine attach');
    expect(content).not.toContain('\r');
  });

  it.each(all.filter(({ name }) => name.endsWith('.yaml')))('$kind: $name has a script in a literal block', (file) => {
    const [head, mode, script, ...lines] = file.content.split('\n');
    expect([head, script]).toEqual(['provision:', '  script: |']);
    expect(mode).toMatch(/^- mode: (system|after-boot)$/);
    expect(lines[0]).toBe('    #!/bin/sh');
    for (const line of lines) expect(line).toMatch(/^$|^ {4}/);
  });

  it.each(all.filter(({ name }) => name === 'gateway.json'))('$kind: $name is one that a gateway takes', (file) => {
    expect(GatewayConfig.safeParse(JSON.parse(file.content))).toMatchObject({ success: true });
  });

  it('names the host that was given, in place of the usual one', () => {
    const [usual = '', given = ''] = [null, '10.1.2.3'].map((address) => guestFiles('lima', address)[0]?.content);
    expect(usual).toContain('    host=192.168.5.2\n');
    expect(given).toContain('    host=10.1.2.3\n');
    expect(given).not.toContain('192.168.5.2');
  });

  it('reads the host at each load in WSL, and installs itself there only', () => {
    const [wsl = '', lima = ''] = (['wsl', 'lima'] as const).map((kind) => guestFiles(kind, null)[0]?.content);
    expect(wsl).toContain('ip -4 route show default');
    expect(wsl).toContain('/etc/portcullis/guest.sh boot');
    expect(lima).not.toContain('ip -4 route');
    expect(lima).not.toContain('wsl.conf');
    expect(lima).not.toContain('resolv.conf');
  });

  it('starts no program of ours', () => {
    const script = systemdGuestScript({ host: { kind: 'address', address: '192.168.5.2' }, isWsl: true });
    expect(script).not.toMatch(/portcullis-engine-audit|\/usr\/bin\/portcullis|\bnode\b/);
  });
});

describe('the environment of an engine', () => {
  const gateway = { engine: [], workload: [], proxy: { host: '192.168.5.2', port: 3128 } };

  it('leads one name past the proxy, by which the DNS filter is checked, only where that leads to the engine view', () => {
    const direct = { NO_PROXY: '.direct.probe.portcullis.internal', no_proxy: '.direct.probe.portcullis.internal' };
    expect(engineEnvironment({ gateway, wall: 'nftables' })).toMatchObject(direct);
    expect(Object.keys(engineEnvironment({ gateway, wall: 'systemd' }))).not.toContain('NO_PROXY');
    expect(Object.keys(engineEnvironment({ gateway, wall: 'systemd' }))).not.toContain('no_proxy');
  });
});

describe('the rules in a guest', () => {
  const options: RulesOptions = {
    gateway: {
      engine: [{ host: '192.168.5.2', port: 5301 }],
      workload: [{ host: '192.168.5.2', port: 5303 }],
      proxy: { host: '192.168.5.2', port: 3128 },
    },
    ...{ local: false, byControlGroup: true, machineDns: 'all', allow: [] },
  };

  it('redirect every question that leaves the guest, whoever asks and whomever', () => {
    const rules = guardRules(options);
    expect(rules).toContain('\t\toifname != "lo" jump people_questions\n');
    expect(rules).not.toContain('skuid');
    expect(rules).not.toContain('daddr !=');
    // For want of an IPv6 address of the gateway, and because nobody can look into DNS over TLS.
    expect(rules).toContain('oifname != "lo" meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53 counter reject');
    expect(rules).toContain('oifname != "lo" meta l4proto { tcp, udp } th dport 853 counter reject');
  });

  it('spare a gateway that listens at port 53 itself', () => {
    const at53 = { host: '10.0.0.3', port: 53 };
    const rules = guardRules({ ...options, gateway: { ...options.gateway, engine: [at53], workload: [at53] } });
    expect(rules).toContain('oifname != "lo" ip daddr != { 10.0.0.3 } meta l4proto { tcp, udp } th dport 53');
  });
});
