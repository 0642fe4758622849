import { companionsOf } from '../../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import { addressNotices } from '../../../../shared/hosts/address-notices.ts';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { CompanionList } from './companion-list.tsx';

/** What there is to say about an address, and what is allowed with it. */
export function AddressDetails({ address }: { address: string }) {
  const { registryAccess: texts } = useTexts();
  const parsed = parseAddress(address);
  const companions = parsed.ok ? companionsOf(parsed.value) : [];
  return (
    <>
      {addressNotices(address).map(({ problem }) => (
        <p className="fine" key={problem.code}>
          <ProblemText problem={problem} />
        </p>
      ))}
      {companions.length === 0 ? (
        <p className="fine">{texts.nothingWith}</p>
      ) : (
        <CompanionList companions={companions} />
      )}
    </>
  );
}
