export const platformProblems = {};
