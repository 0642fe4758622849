import { guidFor, productCode, UPGRADE_CODE } from './identifiers.ts';

export interface MsiContent {
  /** `1.2.3`: Windows Installer compares these three numbers, and nothing else. */
  version: string;
  manufacturer: string;
  /** Files below the program's folder, with `/`: the program among them. wixl is called in that folder, with the icon in it. */
  files: readonly string[];
}

/** What an administrator may set. Values become policies, but for the last two. */
export const PROPERTIES = [
  ...['ALLOWEDORG', 'HUB', 'ISSUER', 'CLIENTID', 'POLICYKEYSFILE', 'SUPPORTCONTACT', 'AUTOSTART'],
  ...['ATTACH', 'NOLAUNCH'],
] as const;

export const SERVICE = 'PortcullisGateway';
export const PROGRAM = 'portcullis.exe';

const SETUP = [
  ['--allowed-org', 'ALLOWEDORG'],
  ['--hub', 'HUB'],
  ['--issuer', 'ISSUER'],
  ['--client-id', 'CLIENTID'],
  ['--policy-keys-file', 'POLICYKEYSFILE'],
  ['--support-contact', 'SUPPORTCONTACT'],
  ['--autostart', 'AUTOSTART'],
  ['--attach', 'ATTACH'],
] as const;

/** Not when it is repaired or changed: then a user may be at the keyboard, and the properties would be theirs. */
const ON_INSTALL = 'NOT Installed';
/** Not where a newer version takes its place. */
const ON_REMOVAL = 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE';

/** What wixl makes the package of; the rest, which wixl cannot say, is in `statements`. */
export function wxs({ version, manufacturer, files }: MsiContent): string {
  const apply = SETUP.map(([option, property]) => `${option} "[${property}]"`).join(' ');
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="${productCode(version)}" Name="Portcullis Gateway" Language="1033" Version="${version}" Manufacturer="${xml(manufacturer)}" UpgradeCode="${UPGRADE_CODE}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Description="Portcullis Gateway ${version}" Manufacturer="${xml(manufacturer)}"/>
    <Media Id="1" Cabinet="portcullis.cab" EmbedCab="yes"/>
    <MajorUpgrade DowngradeErrorMessage="A newer version of Portcullis Gateway is installed. Remove it first if you really want this one."/>
    <Property Id="ARPNOMODIFY" Value="1"/>
    <Property Id="REBOOT" Value="ReallySuppress"/>
    <Icon Id="portcullis.ico" SourceFile="portcullis.ico"/>
    <Property Id="ARPPRODUCTICON" Value="portcullis.ico"/>
    <Condition Message="Portcullis Gateway is installed for the whole machine, by an administrator.">ALLUSERS = "1" AND Privileged</Condition>
    <Condition Message="Portcullis Gateway needs 64-bit Windows 10 or later.">VersionNT64 &gt;= 603</Condition>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="Portcullis">
${folderContent(files)}
        </Directory>
      </Directory>
      <Directory Id="CommonAppDataFolder"/>
    </Directory>
    <Feature Id="Gateway" Title="Portcullis Gateway" Level="1">
${files.map((file) => `      <ComponentRef Id="${idOf('c', file)}"/>`).join('\n')}
    </Feature>
    <CustomAction Id="SetupRollBack" FileKey="${idOf('f', PROGRAM)}" ExeCommand="setup roll-back" Impersonate="no" Return="ignore"/>
    <CustomAction Id="SetupApply" FileKey="${idOf('f', PROGRAM)}" ExeCommand="${xml(`setup apply ${apply}`)}" Execute="deferred" Impersonate="no" Return="check"/>
    <CustomAction Id="SetupVerify" FileKey="${idOf('f', PROGRAM)}" ExeCommand="setup verify" Execute="deferred" Impersonate="no" Return="check"/>
    <CustomAction Id="SetupCommit" FileKey="${idOf('f', PROGRAM)}" ExeCommand="setup commit" Impersonate="no" Return="ignore"/>
    <CustomAction Id="SetupRemove" FileKey="${idOf('f', PROGRAM)}" ExeCommand="setup remove" Execute="deferred" Impersonate="no" Return="check"/>
    <InstallExecuteSequence>
      <Custom Action="SetupRemove" Sequence="3400">${ON_REMOVAL}</Custom>
      <Custom Action="SetupRollBack" Sequence="5780">${ON_INSTALL}</Custom>
      <Custom Action="SetupApply" Sequence="5790">${ON_INSTALL}</Custom>
      <Custom Action="SetupVerify" Sequence="5950">NOT REMOVE</Custom>
      <Custom Action="SetupCommit" Sequence="5960">${ON_INSTALL}</Custom>
    </InstallExecuteSequence>
  </Product>
</Wix>
`;
}

function folderContent(files: readonly string[]): string {
  const lines: string[] = [];
  const write = (below: string, depth: number): void => {
    const indent = '  '.repeat(depth);
    const here = files.filter((file) => file.startsWith(below));
    const names = new Set(here.map((file) => file.slice(below.length).split('/')[0] ?? ''));
    for (const name of names) {
      const path = `${below}${name}`;
      if (files.includes(path)) {
        lines.push(...component(path).map((line) => `${indent}${line}`));
      } else {
        lines.push(`${indent}<Directory Id="${idOf('d', path)}" Name="${xml(name)}">`);
        write(`${path}/`, depth + 1);
        lines.push(`${indent}</Directory>`);
      }
    }
  };
  write('', 5);
  return lines.join('\n');
}

function component(file: string): string[] {
  const name = file.split('/').at(-1) ?? '';
  return [
    `<Component Id="${idOf('c', file)}" Guid="${guidFor(`component ${file}`)}" Win64="yes">`,
    `  <File Id="${idOf('f', file)}" Name="${xml(name)}" Source="${xml(file)}" KeyPath="yes"/>`,
    ...(file === PROGRAM ? SERVICE_ELEMENTS : []),
    '</Component>',
  ];
}

const SERVICE_ELEMENTS = [
  // Expanded when the service starts; Windows reads it for the gateway's own account.
  `  <ServiceInstall Id="service" Name="${SERVICE}" DisplayName="Portcullis Gateway" Description="Decides which container registries this machine may use." Type="ownProcess" Start="auto" ErrorControl="normal" Account="NT SERVICE\\${SERVICE}" Arguments="gateway run --service --config &quot;[CommonAppDataFolder]Portcullis\\gateway.json&quot;"/>`,
  `  <ServiceControl Id="stop" Name="${SERVICE}" Stop="both" Remove="uninstall" Wait="yes"/>`,
  // Not waited for: SetupVerify waits, undoes what was written, and says why it does not run.
  `  <ServiceControl Id="start" Name="${SERVICE}" Start="install" Wait="no"/>`,
  '  <RegistryValue Root="HKLM" Key="SOFTWARE\\Portcullis" Name="Version" Type="string" Value="[ProductVersion]"/>',
  '  <RegistryValue Root="HKLM" Key="SOFTWARE\\Portcullis" Name="InstallLocation" Type="string" Value="[INSTALLDIR]"/>',
  // Windows' own messages "%1", with the ids 1 to 1000.
  '  <RegistryValue Root="HKLM" Key="SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Portcullis" Name="EventMessageFile" Type="string" Value="EventCreate.exe"/>',
  '  <RegistryValue Root="HKLM" Key="SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Portcullis" Name="TypesSupported" Type="integer" Value="7"/>',
];

/** What wixl's MajorUpgrade finds. */
const FOUND = ['WIX_UPGRADE_DETECTED', 'WIX_DOWNGRADE_DETECTED'];

/** A program among the installed files, run as the system while the script is carried out, undone, or complete; failures of the last two are no more than logged. */
const TYPE = { rollback: 18 + 1024 + 256 + 2048 + 64, commit: 18 + 1024 + 512 + 2048 + 64 } as const;

/** For `msibuild -q`: what wixl cannot say. Each is SQL of Windows Installer. */
export function statements(): string[] {
  const component = idOf('c', PROGRAM);
  return [
    `UPDATE \`Property\` SET \`Value\` = '${[...FOUND, ...PROPERTIES].join(';')}' WHERE \`Property\` = 'SecureCustomProperties'`,
    "UPDATE `Registry` SET `Value` = '#%%SystemRoot%\\System32\\EventCreate.exe' WHERE `Name` = 'EventMessageFile'",
    `UPDATE \`CustomAction\` SET \`Type\` = ${TYPE.rollback} WHERE \`Action\` = 'SetupRollBack'`,
    `UPDATE \`CustomAction\` SET \`Type\` = ${TYPE.commit} WHERE \`Action\` = 'SetupCommit'`,
    // Before the new files come: two versions never run side by side.
    "UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts'",
    // A service that ends, whether it crashes or fails, is started again after 1, 5 and then every 30 seconds.
    'CREATE TABLE `MsiServiceConfigFailureActions` (`MsiServiceConfigFailureActions` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL, `Event` SHORT NOT NULL, `ResetPeriod` LONG, `RebootMessage` CHAR(255), `Command` CHAR(255), `Actions` CHAR(255), `DelayActions` CHAR(255), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfigFailureActions`)',
    `INSERT INTO \`MsiServiceConfigFailureActions\` (\`MsiServiceConfigFailureActions\`, \`Name\`, \`Event\`, \`ResetPeriod\`, \`Actions\`, \`DelayActions\`, \`Component_\`) VALUES ('restart', '${SERVICE}', 5, 3600, '1[~]1[~]1', '1000[~]5000[~]30000', '${component}')`,
    'CREATE TABLE `MsiServiceConfig` (`MsiServiceConfig` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL, `Event` SHORT NOT NULL, `ConfigType` LONG NOT NULL, `Argument` CHAR(255), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfig`)',
    `INSERT INTO \`MsiServiceConfig\` (\`MsiServiceConfig\`, \`Name\`, \`Event\`, \`ConfigType\`, \`Argument\`, \`Component_\`) VALUES ('failures', '${SERVICE}', 5, 4, '1', '${component}')`,
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('MsiConfigureServices', 'VersionMsi >= \"5.00\"', 5850)",
  ];
}

function idOf(kind: string, path: string): string {
  return `${kind}_${guidFor(path).replaceAll(/[{}-]/g, '')}`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
