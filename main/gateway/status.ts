import { CONTROL_PROTOCOL, type GatewayStatus, type ProgrammedPolicy } from '../../shared/schemas/control-schema.ts';
import type { PolicyController } from './policy/policy-controller.ts';
import type { VerifiedPolicyDocument } from './policy/policy-job.ts';

/** A status has to fit into one message, however long the names of the issuers are. */
const MARKS_SHOWN = 100;

/** What the control socket's `status` answers: what the controller knows, and what only the process around it does. */
export function gatewayStatus(
  controller: PolicyController,
  process: Pick<
    GatewayStatus,
    | 'version'
    | 'pid'
    | 'startedAt'
    | 'listeners'
    | 'upstreams'
    | 'managed'
    | 'attachment'
    | 'identity'
    | 'problems'
    | 'counters'
  >,
): GatewayStatus {
  const { generation, effective, policy } = controller.current();
  return {
    ...process,
    protocol: CONTROL_PROTOCOL,
    generation,
    inForce: effective,
    policy: policy && programmedPolicy(policy),
    membership: controller.membershipStatus(),
    lock: controller.lockHeld(),
    highest: controller
      .highest()
      .slice(-MARKS_SHOWN)
      .map(({ iss, org, revision, iat }) => ({ iss, org, revision, iat })),
    keysPinned: controller.keysPinned(),
    lastRefusal: controller.lastRefusal(),
    problems: [...controller.problems(), ...process.problems],
  };
}

function programmedPolicy({ claims, rules, digest, voidGrants }: VerifiedPolicyDocument): ProgrammedPolicy {
  const { iss, org, revision, iat, exp, enabled, mode, contact, enforceFrom, requests, support, grants } = claims;
  return {
    ...{ iss, org, revision, iat, exp, enabled, mode, digest },
    ...(contact === undefined ? {} : { contact }),
    ...(enforceFrom === undefined ? {} : { enforceFrom }),
    ...(requests === undefined ? {} : { requests }),
    ...(support === undefined ? {} : { support }),
    ...{ grantCount: grants?.length ?? 0, voidGrants: voidGrants ?? 0 },
    ...rules.counts,
  };
}
