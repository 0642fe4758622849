import { companionsOf } from '../../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import type { Origin } from '../../../../shared/lists/additions.ts';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { useNow } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { withNickname, withoutEdit, withRemoved } from '../../stores/draft.ts';
import { nameOf, type Row } from '../../stores/rows.ts';
import { RegistryLine } from './registry-line.tsx';
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
  const { address, edit } = row;
  const parsed = parseAddress(address);
  const allowed = parsed.ok ? companionsOf(parsed.value).filter(({ optIn }) => optIn !== true) : [];
  const change = registryAccess.edit;

  const added = edit !== 'add' && <Added origin={origin} />;

  return (
    <RegistryLine
      {...{ fault, mayEdit, open, toggle }}
      row={{ address, name: nameOf(row), edit }}
      kind="always"
      aside={
        <span className="registry-count">
          {allowed.length > 0 && <span>{texts.companions(allowed.length)}</span>}
          {added}
        </span>
      }
      removal={{
        label: texts.removeOne(address),
        onRemove: () => change((draft) => withRemoved(draft, address, registryAccess.listed)),
      }}
      onUndo={() => change((draft) => withoutEdit(draft, address))}
      above={added}
    >
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
    </RegistryLine>
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
