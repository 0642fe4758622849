import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisEnvironment } from '../../../../main/agent/diagnostics/environment.ts';
import { type Report, reportName, reportText } from '../../../../main/agent/diagnostics/report.ts';
import { saveReport } from '../../../../main/agent/diagnostics/report-folder.ts';
import { fileTail } from '../../../../main/platform/fs/file-tail.ts';
import { machine, refusedHosts, transitions } from '../../../support/panel-data.ts';
import { inputsFor, NOW, snapshotOf } from '../../../support/snapshots.ts';

const report: Report = {
  at: NOW,
  environment: thisEnvironment({ HTTPS_PROXY: 'http://mia:geheim@proxy.example:3128' }),
  agent: { snapshot: snapshotOf(inputsFor.locked), transitions, denials: refusedHosts, machine },
  agentProblem: null,
  gateway: null,
  managedConfig: null,
  log: ['{"level":30,"msg":"the agent has started"}'],
};

describe('a report', () => {
  it('begins with what is asked first, in words', () => {
    const { at, summary } = JSON.parse(reportText(report));
    expect(at).toBe('2026-11-21T12:00:00.000Z');
    expect(summary[0]).toBe('State: P-LOCKED · All pulls are blocked');
  });

  it('holds state, history, refusals, machine and log', () => {
    const { agent, log } = JSON.parse(reportText(report));
    expect(agent.snapshot.state.code).toBe('P-LOCKED');
    expect(agent.transitions).toHaveLength(transitions.length);
    expect(agent.denials[0].host).toBe('gcr.io');
    expect(agent.machine.hostsFile).toBe('/etc/hosts');
    expect(log).toEqual(report.log);
  });

  it('repeats no password of an address', () => {
    const daemon = {
      dns: [],
      mirrors: ['https://mia:geheim@mirror.example/v2', 'http://mia:p@ss@w0rd@other.example/v2'],
    };
    const withMirror = { ...report, agent: report.agent && { ...report.agent, machine: { ...machine, daemon } } };
    const text = reportText(withMirror);
    expect(text).not.toContain('geheim');
    expect(text).toContain('https://[secret]@mirror.example/v2');
    expect(text).toContain('http://[secret]@other.example/v2');
    expect(JSON.parse(text).environment.proxyVariables).toEqual(['HTTPS_PROXY']);
  });

  it('says why there is nothing of the agent in it', () => {
    const agentProblem = { code: 'agent-not-running', message: 'Portcullis is not running for this user.' };
    const { summary } = JSON.parse(reportText({ ...report, agent: null, agentProblem }));
    expect(summary).toEqual(['Portcullis is not running for this user.']);
  });
});

describe('on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is its user’s alone, and the five newest are kept', async () => {
    const place = join(folder, 'reports');
    const name = (second: number) => reportName(second % 2 ? 'AAAAAA' : 'ZZZZZZ', NOW + second * 1000);
    for (let second = 0; second < 7; second += 1) await saveReport(place, name(second), 'x');
    expect((await readdir(place)).sort()).toEqual([2, 3, 4, 5, 6].map(name).sort());
    if (process.platform !== 'win32') expect((await stat(join(place, name(6)))).mode & 0o777).toBe(0o600);
  });

  it('leaves alone what is not ours', async () => {
    const place = join(folder, 'reports');
    await saveReport(place, reportName('AAAAAA', NOW), 'x');
    await writeFile(join(place, 'mine.txt'), 'x');
    for (let second = 1; second < 9; second += 1)
      await saveReport(place, reportName('AAAAAA', NOW + second * 1000), 'x');
    expect(await readdir(place)).toContain('mine.txt');
  });

  it('takes whole lines from the end of a log, and none where there is no log', async () => {
    const log = join(folder, 'agent.log');
    await writeFile(log, 'first\nsecond\nthird\n');
    expect(await fileTail(log, 1000)).toEqual(['first', 'second', 'third']);
    expect(await fileTail(log, 9)).toEqual(['third']);
    expect(await fileTail(join(folder, 'none'), 9)).toEqual([]);
  });
});
