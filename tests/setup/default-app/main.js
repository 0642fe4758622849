/**
 * What Electron's own `default_app.asar` does with `electron [-r FILE]… APP`, which a packed program lacks: preload modules, tell the
 * version, and start the application that is named. Playwright needs all three.
 */
import { existsSync, readFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const args = process.argv.slice(1);
const preloaded = [];
let file;
for (let i = 0; i < args.length && file === undefined; i += 1) {
  const argument = args[i];
  if (argument === '-v' || argument === '--version') {
    process.stdout.write(`v${process.versions.electron}\n`);
    process.exit(0);
  }
  if (argument === '-r' || argument === '--require') {
    i += 1;
    preloaded.push(args[i]);
  } else if (!argument.startsWith('-')) file = argument;
}
if (preloaded.length > 0) Module._preloadModules(preloaded);
if (file === undefined) process.exit(1);

Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });
const path = resolve(file);
const manifestFile = join(path, 'package.json');
const isPackage = existsSync(manifestFile);
if (isPackage) {
  const { version, productName, name, desktopName } = JSON.parse(readFileSync(manifestFile, 'utf8'));
  if (version) app.setVersion(version);
  app.name = productName ?? name ?? app.name;
  app.setDesktopName(desktopName ?? `${app.name}.desktop`);
}
const main = Module._resolveFilename(path, null, true);
app.setAppPath(isPackage ? path : dirname(main));
await import(pathToFileURL(main).toString());
