export const managedConfigProblems = {};
