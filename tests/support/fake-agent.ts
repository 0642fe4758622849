import type { AgentHandle } from '../../main/agent/transport/agent-handle.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { subscribe } from '../../shared/subscribe.ts';
import { allGood, snapshotOf } from './snapshots.ts';

/** An agent that plays any snapshot, for what sits on top of one: transports, panel, pictures. */
export interface FakeAgent extends AgentHandle<'owner'> {
  play(snapshot: Snapshot): void;
  onDenial(listener: (denial: Denial) => void): () => void;
  deny(denial: Denial): void;
  onRequestNews(listener: (request: OwnRequest) => void): () => void;
  requestNews(request: OwnRequest): void;
  /** Replaces single handlers. */
  answer(handlers: Partial<IpcHandlers>): void;
  /** As newly made, for the next test: its own handlers again, and this snapshot. */
  reset(snapshot: Snapshot): void;
  /** How many peers listen now. */
  listeners(): number;
}

export function createFakeAgent(initial: Snapshot = snapshotOf(allGood)): FakeAgent {
  let current = initial;
  const onSnapshot = new Set<(snapshot: Snapshot) => void>();
  const onDenial = new Set<(denial: Denial) => void>();
  const onNews = new Set<(request: OwnRequest) => void>();
  const notPlayed = async (): Promise<never> => {
    throw new ProblemError({ code: 'not-played', message: 'This agent only plays snapshots.' });
  };
  const page = { items: [], total: 0, next: null, stale: false, version: '1' };
  const unchanged: IpcHandlers = {
    'snapshot.get': async () => current,
    'session.signIn': notPlayed,
    'session.signInByDevice': notPlayed,
    'session.continueSignIn': notPlayed,
    'session.cancelSignIn': async () => ({}),
    'session.signOut': async () => ({}),
    'sync.now': async () => ({ outcome: 'unchanged', problem: null }),
    'enforcement.check': async () => ({ verified: true, problem: null }),
    'registries.list': async () => page,
    'grants.list': async () => page,
    'decide.explain': notPlayed,
    'denials.list': async () => page,
    'transitions.list': async () => page,
    'requests.list': async () => page,
    'requests.create': notPlayed,
    'requests.withdraw': async () => ({}),
    'reports.last': async () => ({ sent: null }),
    'preferences.set': async () => ({}),
    'report.save': async () => ({
      file: '/home/mia/.local/share/portcullis/reports/portcullis-report-K7Q4M2-20261121T120000Z.json',
    }),
    'panel.open': async () => ({ url: null }),
  };
  const handlers = { ...unchanged };
  const play = (snapshot: Snapshot): void => {
    current = snapshot;
    for (const listener of onSnapshot) listener(snapshot);
  };
  return {
    handlers,
    snapshot: () => current,
    onSnapshot: (listener) => subscribe(onSnapshot, listener),
    onDenial: (listener) => subscribe(onDenial, listener),
    onRequestNews: (listener) => subscribe(onNews, listener),
    requestNews(request) {
      for (const listener of onNews) listener(request);
    },
    play,
    deny(denial) {
      for (const listener of onDenial) listener(denial);
    },
    answer(replacements) {
      Object.assign(handlers, replacements);
    },
    reset(snapshot) {
      Object.assign(handlers, unchanged);
      play(snapshot);
    },
    listeners: () => onSnapshot.size,
  };
}
