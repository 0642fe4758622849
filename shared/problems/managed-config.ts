import { deploymentProblems } from './managed-config/deployment.ts';
import { fileProblems } from './managed-config/files.ts';
import { jsonProblems } from './managed-config/json.ts';
import { nativeStoreProblems } from './managed-config/native-stores.ts';
import { organizationProblems } from './managed-config/organizations.ts';
import { settingProblems } from './managed-config/settings.ts';

/** What can be wrong with the files, profiles and registry keys by which an administrator enforces sign-in. */
export const managedConfigProblems = {
  ...jsonProblems,
  ...organizationProblems,
  ...settingProblems,
  ...nativeStoreProblems,
  ...fileProblems,
  ...deploymentProblems,
};
