import type { PolicyKey } from '../../../shared/policy/keys.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { type RollOutFile, RollOutFormat } from '../../../shared/schemas/hub/roll-out.ts';
import { deploymentFile } from '../../managed-config/deployment.ts';

export interface RollOutValues {
  readonly organization: string;
  readonly hub: string;
  readonly keys: readonly PolicyKey[];
  readonly supportContact?: string | undefined;
}

/** The files as `portcullis managed-config create --pin` makes them. @param uuid as of `deploymentFile` */
export function rollOutFiles(values: RollOutValues, uuid: () => string): RollOutFile[] {
  return RollOutFormat.options.map((format) => {
    try {
      const { name, content } = fileOf(format, values, uuid);
      return { kind: 'made', format, name, base64: content.toString('base64') };
    } catch (error) {
      if (error instanceof ProblemError) return { kind: 'not-made', format, problem: error.problem };
      throw error;
    }
  });
}

function fileOf(format: RollOutFormat, values: RollOutValues, uuid: () => string): { name: string; content: Buffer } {
  const policyKeys = { keys: [...values.keys] };
  if (format === 'policy-keys') {
    return { name: 'policy-keys.json', content: Buffer.from(`${JSON.stringify(policyKeys, null, 2)}\n`) };
  }
  const { organization, hub, supportContact } = values;
  return deploymentFile(format, { organizations: [organization], hub, policyKeys, supportContact }, uuid);
}
