import { useId } from 'react';
import { companionsOf } from '../../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import type { Origin } from '../../../../shared/lists/additions.ts';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useNow } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { withNickname, withoutEdit, withRemoved } from '../../stores/draft.ts';
import { nameOf, type Row } from '../../stores/rows.ts';
import { AddressDetails } from './address-details.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** One line: nickname first, then address; folded below it what comes with it, and what can be done to it. */
export function RegistryRow({
  row,
  origin,
  fault,
  mayEdit,
  open,
  toggle,
}: {
  row: Row;
  origin: Origin | undefined;
  fault: Problem | undefined;
  mayEdit: boolean;
  open: boolean;
  toggle: () => void;
}) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const content = useId();
  const { address, edit } = row;
  const name = nameOf(row);
  const parsed = parseAddress(address);
  const allowed = parsed.ok ? companionsOf(parsed.value).filter(({ optIn }) => optIn !== true) : [];
  const change = registryAccess.edit;

  return (
    <>
      <div className="registry-line" data-edit={edit ?? 'none'}>
        <button type="button" className="registry-head" aria-expanded={open} aria-controls={content} onClick={toggle}>
          <Icon name="chevron" />
          <span className="registry-words">
            <span className="registry-name">{name ?? address}</span>
            {name !== null && <code className="registry-address">{address}</code>}
          </span>
          {edit !== null && (
            <span className={`chip tone-${{ add: 'green', remove: 'red', rename: 'blue' }[edit]}`}>
              {texts.edits[edit]}
            </span>
          )}
          {fault !== undefined && <Icon name="warning" />}
          <span className="registry-count">
            {allowed.length > 0 && <span>{texts.companions(allowed.length)}</span>}
            {edit !== 'add' && <Added origin={origin} />}
          </span>
        </button>
        {mayEdit &&
          (edit === null ? (
            <button
              type="button"
              className="icon-button"
              data-remove
              aria-label={texts.removeOne(address)}
              title={texts.remove}
              onClick={() => change((draft) => withRemoved(draft, address, registryAccess.listed))}
            >
              <Icon name="cross" />
            </button>
          ) : (
            <button
              type="button"
              className="icon-button"
              aria-label={texts.undoOne(address)}
              title={texts.undo}
              onClick={() => change((draft) => withoutEdit(draft, address))}
            >
              <Icon name="undo" />
            </button>
          ))}
      </div>
      {open && (
        <div className="registry-more" id={content}>
          {edit !== 'add' && <Added origin={origin} />}
          {fault !== undefined && (
            <p className="field-fault" role="alert">
              <ProblemText problem={fault} />
            </p>
          )}
          {mayEdit && edit !== 'remove' && (
            <label className="row-nickname">
              <span className="setting-label">{texts.nickname}</span>
              <input
                className="field"
                value={row.nickname}
                maxLength={200}
                autoComplete="off"
                aria-invalid={fault !== undefined}
                onChange={({ target: { value } }) =>
                  change((draft) => withNickname(draft, address, value, registryAccess.listed))
                }
              />
            </label>
          )}
          <AddressDetails address={address} />
        </div>
      )}
    </>
  );
}

function Added({ origin }: { origin: Origin | undefined }) {
  const { registryAccess: texts } = useTexts();
  const { time } = useWords();
  const now = useNow();
  if (origin === undefined || origin.at === null) return null;
  const at = Date.parse(origin.at);
  return (
    <time dateTime={origin.at} title={time.exact(at)} className="registry-added">
      {texts.addedBy(origin.by, time.ago(at, now))}
    </time>
  );
}
