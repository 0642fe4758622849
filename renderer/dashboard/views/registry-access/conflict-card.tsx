import { useMemo, useState } from 'react';
import { diffSettings } from '../../../../shared/lists/diff-settings.ts';
import { Choice } from '../../../ui/components/choice.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { useTexts } from '../../hooks.ts';
import { type Clash, type Draft, keyOf, rebase, type Side, settingsWith } from '../../stores/draft.ts';
import type { Conflict } from '../../stores/registry-access.ts';
import { ChangeList } from './change-list.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** Two people edited at once: both versions side by side, and the choice where they differ. */
export function ConflictCard({ conflict: { theirs, base, by }, draft }: { conflict: Conflict; draft: Draft }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { conflict } = texts;
  const [sides, setSides] = useState<ReadonlyMap<string, Side>>(new Map());
  const theirChanges = useMemo(() => (base === null ? null : diffSettings(base, theirs).changes), [base, theirs]);
  const myChanges = useMemo(() => {
    const from = base ?? theirs;
    return diffSettings(from, settingsWith(from, draft)).changes;
  }, [base, theirs, draft]);
  const clashes = useMemo(() => rebase(draft, theirs, () => 'mine').clashes, [draft, theirs]);
  const sideOf = (clash: Clash): Side => sides.get(keyOf(clash)) ?? 'mine';

  return (
    <section className="card conflict" aria-labelledby="conflict" role="alert">
      <h2 id="conflict">
        <Icon name="warning" /> {conflict.headline(by, theirs.revision)}
      </h2>
      <p>{conflict.text}</p>
      <div className="versions">
        <div>
          <h3>{conflict.theirs(by)}</h3>
          {theirChanges === null ? <p className="fine">{conflict.unknown}</p> : <ChangeList changes={theirChanges} />}
        </div>
        <div>
          <h3>{conflict.yours}</h3>
          <ChangeList changes={myChanges} />
        </div>
      </div>
      {clashes.length > 0 && (
        <>
          <h3>{conflict.clashes}</h3>
          <ul className="plain clashes">
            {clashes.map((clash) => {
              const name = 'address' in clash ? clash.address : texts.clashing[clash.about];
              const key = keyOf(clash);
              return (
                <li key={key} className="setting">
                  <span>{name}</span>
                  <Choice
                    label={name}
                    value={sideOf(clash)}
                    options={[
                      ['mine', `${conflict.keepMine}: ${mineOf(clash, texts)}`],
                      ['theirs', `${conflict.keepTheirs}: ${theirsOf(clash, texts)}`],
                    ]}
                    onChange={(side) => setSides(new Map(sides).set(key, side))}
                  />
                </li>
              );
            })}
          </ul>
        </>
      )}
      <div className="actions">
        <button type="button" className="button primary" onClick={() => registryAccess.merge(sideOf)}>
          {conflict.merge}
        </button>
        <button type="button" className="button" onClick={() => registryAccess.discard()}>
          {conflict.take}
        </button>
      </div>
    </section>
  );
}

type Texts = ReturnType<typeof useTexts>['registryAccess'];

function mineOf(clash: Clash, { conflict: texts, limit }: Texts): string {
  if (clash.about === 'grant') return clash.mine === null ? texts.removed : limit.terms(clash.mine);
  if (clash.about !== 'registry') return texts.value(clash.mine);
  if (clash.mine.kind === 'remove') return texts.removed;
  return (clash.mine.kind === 'add' ? clash.mine.nickname : clash.mine.to) || texts.noNickname;
}

function theirsOf(clash: Clash, { conflict: texts, limit }: Texts): string {
  if (clash.about === 'grant') return clash.theirs === null ? texts.removed : limit.terms(clash.theirs);
  if (clash.about !== 'registry') return texts.value(clash.theirs);
  if (clash.theirs === null) return texts.removed;
  return clash.theirs || texts.noNickname;
}
