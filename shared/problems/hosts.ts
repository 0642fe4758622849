export const hostsProblems = {};
