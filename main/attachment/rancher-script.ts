import { engineEnvironment } from './files.ts';
import { GUARD_SCRIPT } from './guard-script.ts';
import { forGuest, GUEST_GATEWAY, type GuestHost, head, PUT, put, text, UNFINISHED } from './guest-script.ts';
import { ATTACHMENT_FOLDER } from './names.ts';
import { guardRules } from './rules.ts';

/** Where Rancher Desktop's own list is, from its sources (`configure-allowed-images`): it gives the engine another HTTPS_PROXY. */
const ALLOWED_IMAGES = '/usr/local/openresty/nginx/conf/allowed-images.conf';

/** The services of Rancher Desktop that pull, which OpenRC starts. */
const SERVICES = 'docker|containerd|buildkitd|k3s|cri-dockerd|rd-dockerd';

/**
 * For the guest of Rancher Desktop: Alpine with OpenRC, so no unit and no control group to tell the engine by. The names that anybody in the
 * guest asks for go to the workload view, and the services are given the gateway's proxy: a guard rail.
 */
export function rancherScript(host: GuestHost): string {
  const rules = guardRules({
    ...{ gateway: GUEST_GATEWAY, local: false, byControlGroup: false, machineDns: 'all', allow: [] },
  });
  const environment = Object.entries(engineEnvironment({ gateway: GUEST_GATEWAY, wall: 'systemd' }));
  return [
    ...head(host),
    FAIL,
    PUT,
    // Read by openrc-run(8) for each service, so it lasts where Rancher Desktop writes the services' own files anew at each start.
    put(
      text('/etc/rc.conf.d/50-portcullis.conf', [
        `case "\${RC_SVCNAME:-}" in`,
        `${SERVICES})`,
        ...environment.map(([name, value]) => `export ${name}="${value}"`),
        ';;',
        'esac',
      ]),
    ),
    put(forGuest({ path: `${ATTACHMENT_FOLDER}/guard.sh`, content: GUARD_SCRIPT, mode: 0o755 })),
    put(forGuest({ path: `${ATTACHMENT_FOLDER}/guard.nft`, content: rules, mode: 0o644 })),
    put(text(`${ATTACHMENT_FOLDER}/units`, [])),
    put(text(`${ATTACHMENT_FOLDER}/addresses`, [])),
    LOAD,
  ].join('\n');
}

const FAIL = `fail() {
  echo "portcullis: $1" >&2
  exit 1
}`;

const LOAD = `[ -z "$broken" ] || fail "$broken"
/bin/sh ${ATTACHMENT_FOLDER}/guard.sh load || fail 'the names that this guest asks for are not filtered'
if [ -e ${ALLOWED_IMAGES} ]; then
  fail "Allowed Images of Rancher Desktop is on, which gives the engine its own proxy in place of the gateway's; turn it off"
fi
if [ -n "$changed" ] && command -v rc-service >/dev/null; then
  for service in ${SERVICES.replaceAll('|', ' ')}; do rc-service --ifexists --ifstarted "$service" restart; done
fi
rm -f ${UNFINISHED}
echo "portcullis: the engine of this guest has the gateway at $host as its proxy, and the names that the guest asks for are filtered there"
`;
