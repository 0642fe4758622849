export const agentProblems = {};
