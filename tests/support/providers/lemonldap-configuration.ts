import type { LemonLdapClient } from './lemonldap.ts';

/** `@FOLDER@` stands for the folder of this world. */
export const PORTAL_INI = `[all]
logLevel = notice
[configuration]
type = File
dirName = @FOLDER@/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'lemonldap-ng-config', 'default_expires_in' => 600, 'directory_umask' => '007', 'cache_root' => '@FOLDER@/cache', 'cache_depth' => 3 }
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[handler]
status = 0
useRedirectOnError = 1
`;

/** The portal as a PSGI application. Its demonstration directory takes people and groups from a file, so that tests can change them. */
export const PORTAL_PSGI = `use strict;
use JSON;
use Plack::Builder;
use Lemonldap::NG::Portal::Main;
use Lemonldap::NG::Portal::UserDB::Demo;

sub read_people {
    open my $file, '<', 'people.json' or die "people.json: $!";
    my $people = decode_json(join '', <$file>);
    my (%accounts, %groups);
    for my $uid (keys %$people) {
        my $person = $people->{$uid};
        $accounts{$uid} = { uid => $uid, cn => $person->{name} };
        $accounts{$uid}{mail} = $person->{mail} if defined $person->{mail};
        push @{ $groups{$_} }, $uid for @{ $person->{groups} };
    }
    %Lemonldap::NG::Portal::UserDB::Demo::demoAccounts = %accounts;
    %Lemonldap::NG::Portal::UserDB::Demo::demoGroups   = %groups;
}

my $portal = Lemonldap::NG::Portal::Main->run({});
builder {
    mount '/' => sub { read_people(); $portal->(@_) };
};
`;

/** Configuration of the portal, of which only what differs from its defaults is written (its manual, "Parameter list"). */
export function lemonLdapConfiguration(world: {
  issuer: string;
  folder: string;
  clients: readonly LemonLdapClient[];
  publicKey: string;
  privateKey: string;
}): Record<string, unknown> {
  const { issuer, folder, clients } = world;
  const sessions = (name: string) => ({ Directory: `${folder}/${name}`, LockDirectory: `${folder}/${name}/lock` });
  const forEach = (value: (client: LemonLdapClient) => unknown): Record<string, unknown> =>
    Object.fromEntries(clients.map((client) => [client.clientId, value(client)]));
  return {
    cfgNum: 1,
    cfgAuthor: 'tests',
    cfgDate: '1',
    cfgVersion: '2.16.1',
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Null',
    registerDB: 'Null',
    demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' },
    exportedVars: {},
    groups: {},
    macros: { _whatToTrace: 'lc($_user)' },
    whatToTrace: '_whatToTrace',
    domain: '127.0.0.1',
    portal: `${issuer}/`,
    cookieName: 'lemonldap',
    securedCookie: 0,
    portalDisplayRegister: 0,
    portalDisplayResetPassword: 0,
    portalDisplayCertificateResetByMail: 0,
    loginHistoryEnabled: 0,
    requireToken: 0,
    applicationList: {},
    locationRules: {},
    exportedHeaders: {},
    timeout: 72_000,
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: {
      ...sessions('sessions'),
      generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    },
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: sessions('psessions'),
    localSessionStorage: 'Cache::FileCache',
    localSessionStorageOptions: {
      cache_depth: 3,
      cache_root: `${folder}/cache`,
      default_expires_in: 600,
      directory_umask: '007',
      namespace: 'sessions',
    },
    issuerDBOpenIDConnectActivation: 1,
    oidcServiceMetaDataIssuer: issuer,
    oidcServicePrivateKeySig: world.privateKey,
    oidcServicePublicKeySig: world.publicKey,
    oidcServiceKeyIdSig: 'k1',
    oidcServiceIgnoreScopeForClaims: 1,
    oidcRPMetaDataExportedVars: forEach(() => ({
      preferred_username: 'uid',
      name: 'cn',
      email: 'mail',
      groups: 'groups;array;always',
    })),
    oidcRPMetaDataOptionsExtraClaims: forEach(() => ({ profile: 'groups' })),
    oidcRPMetaDataOptions: forEach(({ clientId, secret, redirectUris }) => ({
      oidcRPMetaDataOptionsClientID: clientId,
      ...(secret === undefined ? { oidcRPMetaDataOptionsPublic: 1 } : { oidcRPMetaDataOptionsClientSecret: secret }),
      oidcRPMetaDataOptionsRequirePKCE: 1,
      oidcRPMetaDataOptionsRedirectUris: redirectUris.join(' '),
      oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
      oidcRPMetaDataOptionsIDTokenForceClaims: 1,
      oidcRPMetaDataOptionsAllowOffline: 1,
      oidcRPMetaDataOptionsBypassConsent: 0,
      oidcRPMetaDataOptionsAccessTokenExpiration: 300,
    })),
  };
}
