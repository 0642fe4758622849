import { MachineNonce, ReportAnswer, type UnsignedReport } from '../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../shared/schemas/receipt.ts';
import { type PeopleClient, peopleClient } from './hub-people.ts';
import type { SigningGateway } from './signing-gateway.ts';

export const UNSIGNED: UnsignedReport = { system: 'Debian GNU/Linux 12', agentVersion: '0.1.0', caveats: [] };

/** The agent of a person, as far as it reports. */
export interface ReportingAgent extends PeopleClient {
  nonce: () => Promise<string>;
  /** With a nonce of its own, unless `claims` names one. */
  report: (
    gateway: SigningGateway,
    claims?: Partial<ReceiptClaims>,
    unsigned?: Partial<UnsignedReport>,
  ) => Promise<ReportAnswer>;
  /** `422 receipt-invalid`, or `200`. */
  reportOutcome: (receipt: string, unsigned?: object) => Promise<string>;
}

export function reportingAgent(hub: { url: string }, org: string, token: string): ReportingAgent {
  const client = peopleClient(hub, org, token);
  const nonce = async (): Promise<string> => (await client.get(MachineNonce, 'GET', 'machines/nonce')).nonce;
  return {
    ...client,
    nonce,
    report: async (gateway, claims = {}, unsigned = {}) => {
      const receipt = await gateway.sign({ nonce: await nonce(), ...claims });
      return client.get(ReportAnswer, 'POST', 'machines/reports', { receipt, unsigned: { ...UNSIGNED, ...unsigned } });
    },
    reportOutcome: (receipt, unsigned = UNSIGNED) => client.outcome('POST', 'machines/reports', { receipt, unsigned }),
  };
}
