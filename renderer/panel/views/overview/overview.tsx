import { useRef } from 'react';
import { Card } from '../../../ui/components/card.tsx';
import { useWords } from '../../../ui/words.ts';
import { CaveatList } from '../../components/caveat-list.tsx';
import { CheckCard } from '../../components/check-card.tsx';
import { useSnapshot } from '../../hooks.ts';
import { ActivityCard } from './activity-card.tsx';
import { AuthorityCard } from './authority-card.tsx';
import { HealthList } from './health-list.tsx';
import { PolicyCard } from './policy-card.tsx';
import { ProofCard } from './proof-card.tsx';
import { RegistriesCard } from './registries-card.tsx';
import { StateBanner } from './state-banner.tsx';
import { TimelineCard } from './timeline-card.tsx';

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
          <RegistriesCard />
          <TimelineCard />
        </div>
        <div className="column">
          <HealthList />
          <ActivityCard />
          <Card title={words.caveats.title}>
            <CaveatList caveats={caveats} />
          </Card>
        </div>
      </div>
    </>
  );
}
