import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { Transition } from '../../../../shared/schemas/ipc-schema.ts';
import { Look, usualLook } from '../../../../shared/state/derive-state.ts';
import { Card } from '../../../ui/components/card.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useNow } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { StateIcon } from '../../components/state-icon.tsx';
import { usePanel } from '../../hooks.ts';
import { type LongListState, lineOf } from '../../stores/long-list.ts';

const LOOKS = Look.options;
const DAYS = 7;
const DAY = 86_400_000;
const FEW = 5;
/** Transitions drawn; a machine that changes more often than this shows its latest ones. */
const MOST = 300;

/** Since when has this been so, and what was before: the last seven days as a band, and the latest changes in words. */
export function TimelineCard() {
  const { transitions } = usePanel();
  const words = useWords();
  const state = useStore(transitions.store);
  useEffect(() => transitions.show(0, MOST), [transitions]);
  const latest = newestFirst(state);
  if (latest.length === 0) return null;
  return (
    <Card title={words.panel.timeline.title}>
      <Band transitions={latest} />
      <ul className="plain transitions" aria-label={words.panel.timeline.title}>
        {latest.slice(0, FEW).map(({ at, to }) => (
          <li key={at} className={`tone-${usualLook(to)}`}>
            <StateIcon state={to} />
            <span>{words.panel.stateName[to]}</span>
            <span className="fine">
              <When at={at} direction="past" />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function newestFirst(state: LongListState<Transition>): Transition[] {
  return Array.from({ length: Math.min(MOST, state.total) }, (_, index) => lineOf(state, index)).filter(
    (transition) => transition !== null,
  );
}

/** For the eye only: its latest changes stand in words below it, the others in the report. */
function Band({ transitions }: { transitions: readonly Transition[] }) {
  const { timeline } = useWords().panel;
  // To the minute is as fine as it can be drawn.
  const now = Math.ceil(useNow() / 60_000) * 60_000;
  const begin = now - DAYS * DAY;
  const shown = transitions.filter((_, index) => (transitions[index - 1]?.at ?? now) >= begin);
  const colours = LOOKS.filter((look) => shown.some(({ to }) => usualLook(to) === look));
  const isRecorded = (transitions.at(-1)?.at ?? now) <= begin;
  const share = (at: number) => (100 * (Math.max(begin, at) - begin)) / (now - begin);
  return (
    <div className="band" aria-hidden="true">
      <div className="band-track">
        {transitions.map(({ at, to }, index) => {
          const end = transitions[index - 1]?.at ?? now;
          if (end < begin) return null;
          return (
            <span
              key={at}
              className={`tone-${usualLook(to)}`}
              style={{ insetInlineStart: `${share(at)}%`, inlineSize: `${share(end) - share(at)}%` }}
            />
          );
        })}
      </div>
      <div className="band-scale fine">
        <span>{timeline.from}</span>
        <span>{timeline.now}</span>
      </div>
      <ul className="plain band-legend">
        {colours.map((look) => (
          <li key={look} className={`tone-${look}`}>
            {timeline.legend[look]}
          </li>
        ))}
        {!isRecorded && <li>{timeline.notRecorded}</li>}
      </ul>
    </div>
  );
}
