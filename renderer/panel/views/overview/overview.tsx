import { CheckCard } from '../../components/check-card.tsx';
import { RequestsCard } from '../../requests/requests-card.tsx';
import { ActivityCard } from './activity-card.tsx';
import { AuthorityCard } from './authority-card.tsx';
import { CaveatsCard } from './caveats-card.tsx';
import { HealthList } from './health-list.tsx';
import { PolicyCard } from './policy-card.tsx';
import { ProofCard } from './proof-card.tsx';
import { RegistriesCard } from './registries-card.tsx';
import { StateBanner } from './state-banner.tsx';
import { TimelineCard } from './timeline-card.tsx';
import { TourCard } from './tour-card.tsx';

/**
 * Whoever opens it wants to know why a pull failed: so the check and what was blocked come first, in the order of the page too, which
 * a narrow window shows. Who decides, and how it is proven, follow.
 */
export function Overview() {
  return (
    <>
      <StateBanner />
      <TourCard />
      <div className="overview">
        <div className="overview-check">
          <CheckCard />
        </div>
        <div className="overview-news">
          <ActivityCard />
          <RequestsCard few />
          <HealthList />
        </div>
        <div className="overview-registries">
          <RegistriesCard />
        </div>
        <div className="overview-facts">
          <PolicyCard />
          <ProofCard />
          <AuthorityCard />
        </div>
        <div className="overview-rest">
          <TimelineCard />
          <CaveatsCard />
        </div>
      </div>
    </>
  );
}
