import { describeState, titleOf } from '../../shared/messages/describe-state.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { english } from './english.ts';
import { printLine } from './print.ts';

/** How often the agent is asked whether it is still there, in milliseconds. */
const STILL_THERE_MS = 5_000;

/**
 * Prints each change until it is stopped: one line of text, or with `json` the whole snapshot as one line.
 *
 * @throws ProblemError once the agent is gone.
 */
export async function watchStatus(client: IpcClient, json: boolean, stop: AbortSignal): Promise<void> {
  let shown = '';
  const show = (snapshot: Snapshot): void => {
    const line = json ? JSON.stringify(snapshot) : lineOf(snapshot);
    const changed = json ? line : withoutAges(snapshot);
    if (changed === shown) return;
    shown = changed;
    printLine(json ? line : `${english.time.exact(snapshot.at)}  ${line}`);
  };
  const unsubscribe = client.on('snapshot', show);
  try {
    while (!stop.aborted) {
      show(await client.call('snapshot.get', {}));
      await elapsed(STILL_THERE_MS, stop);
    }
  } finally {
    unsubscribe();
  }
}

function lineOf(snapshot: Snapshot): string {
  const text = describeState(snapshot, snapshot.at, english);
  return `${titleOf(text)} [${snapshot.state.code}]  ${text.sentence}`;
}

/** What makes a new line: ages grow in every snapshot and are no change. */
function withoutAges({ state, policy, filter, health, session }: Snapshot): string {
  const codes = health.map(({ code }) => code);
  return JSON.stringify([state, policy, filter?.kind, codes, session?.kind]);
}

function elapsed(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
