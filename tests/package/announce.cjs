// Called by electron-builder once it has packed: writes what its packages for Linux would install besides, which `dir` leaves out.
const { writeFile } = require('node:fs/promises');

exports.default = async ({ packager, electronPlatformName }) => {
  if (electronPlatformName !== 'linux') return;
  const { LinuxTargetHelper } = require('app-builder-lib/out/targets/LinuxTargetHelper');
  const helper = new LinuxTargetHelper(packager);
  const place = process.env.PORTCULLIS_ANNOUNCED;
  await helper.writeDesktopEntry(
    { ...packager.platformSpecificBuildOptions, ...packager.config.deb },
    null,
    `${place}.desktop`,
  );
  await writeFile(`${place}.icons.json`, JSON.stringify((await helper.icons).map(({ size }) => size)));
};
