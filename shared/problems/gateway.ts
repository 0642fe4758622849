export const gatewayProblems = {};
