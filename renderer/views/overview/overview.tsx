import { useRef } from 'react';
import { Card } from '../../components/card.tsx';
import { CaveatList } from '../../components/caveat-list.tsx';
import { RegistryList } from '../../components/registry-list.tsx';
import { useSnapshot } from '../../hooks.ts';
import { useWords } from '../../words.ts';
import { AuthorityCard } from './authority-card.tsx';
import { CheckCard } from './check-card.tsx';
import { HealthList } from './health-list.tsx';
import { PolicyCard } from './policy-card.tsx';
import { ProofCard } from './proof-card.tsx';
import { StateBanner } from './state-banner.tsx';

/** Is it in force, since when, by whom, what is missing: one screen. */
export function Overview() {
  const { caveats } = useSnapshot();
  const { panel: words } = useWords();
  const checkField = useRef<HTMLInputElement>(null);
  const toCheck = () => {
    checkField.current?.scrollIntoView({ block: 'center' });
    checkField.current?.focus();
  };
  return (
    <>
      <StateBanner onCheck={toCheck} />
      <div className="cards">
        <AuthorityCard />
        <PolicyCard />
        <ProofCard />
      </div>
      <div className="columns">
        <div className="column">
          <CheckCard input={checkField} />
          <Card title={words.registries.title}>
            <RegistryList />
          </Card>
        </div>
        <div className="column">
          <HealthList />
          <Card title={words.caveats.title}>
            <CaveatList caveats={caveats} />
          </Card>
        </div>
      </div>
    </>
  );
}
