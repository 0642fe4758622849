// Runs before anything in TypeScript, on whatever Node the user has, so it is plain old CommonJS:
// an old Node would answer `ERR_UNKNOWN_FILE_EXTENSION`, which tells nobody what to do.
const wanted = [24, 15];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  process.stderr.write(
    `Portcullis needs Node ${wanted.join('.')} or later, and this is ${process.versions.node} (${process.execPath}).\n` +
      'On Linux x64/arm64 and Windows x64 "npm ci" brings it as an optional package: run it without --omit=optional.\n' +
      'Elsewhere install Node 24 from https://nodejs.org and try again.\n',
  );
  process.exit(1);
}
