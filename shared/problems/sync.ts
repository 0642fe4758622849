export const syncProblems = {};
