import { problem } from '../../../../shared/problems/catalogue.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { CompanionList } from './companion-list.tsx';
import type { AddressHelp } from './describe-address.ts';

/** What an address means, what comes with it, and what it probably should be. */
export function AddressHelpText({
  help,
  tried,
  onTake,
  onAdd,
}: {
  help: AddressHelp;
  /** Somebody wanted to add it as it is. */
  tried: boolean;
  onTake: (address: string) => void;
  onAdd: (host: string) => void;
}) {
  const { registryAccess: texts } = useTexts();
  if (help.kind === 'empty') {
    return tried ? (
      <p className="field-fault">
        <ProblemText problem={problem('address-empty')} />
      </p>
    ) : null;
  }
  if (help.kind === 'invalid') {
    const { args = {} } = help.problem;
    if (String(args.address ?? '').includes('<')) return <p className="fine">{texts.fillIn}</p>;
    return (
      <p className={tried ? 'field-fault' : 'fine'}>
        <ProblemText problem={help.problem} />
      </p>
    );
  }
  const { address, notices, instead, companions, listed, coveredBy, covers } = help;
  return (
    <>
      {listed ? (
        <p className="field-fault">{texts.listed}</p>
      ) : (
        // Where there is something to say about it, that says what it allows, too.
        notices.length === 0 && (
          <p className="allows">
            <Icon name="check" />
            {address.kind === 'suffix' ? texts.allowsBelow(address.host) : texts.allows(address.text)}
          </p>
        )
      )}
      {notices.map((notice) => (
        <div className="note tone-amber" key={notice.code}>
          <Icon name="warning" />
          <p>
            <ProblemText problem={notice} />
          </p>
        </div>
      ))}
      {instead !== null && (
        <button type="button" className="button small" onClick={() => onTake(instead)}>
          {texts.takeInstead(instead)}
        </button>
      )}
      {coveredBy !== null && !listed && <p className="fine">{texts.coveredBy(coveredBy)}</p>}
      {covers > 0 && <p className="fine">{texts.covers(covers)}</p>}
      {companions.length > 0 && <CompanionList companions={companions} onAdd={onAdd} />}
    </>
  );
}
