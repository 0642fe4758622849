#!/bin/sh
# usage: apt-install.sh PACKAGE[,ALTERNATIVE...]...
# Installs Debian packages, of each argument the first that apt knows, and starts none of the services they bring:
# a test run must not leave the machine with a docker or a registry of its own listening. Needs root.
set -eu

# Two test runs at once wait for each other here. apt inherits the lock, so it is held until apt itself has ended.
exec 9>/var/lock/portcullis-test-setup.lock
flock 9

# deb-systemd-invoke and invoke-rc.d ask this file, and no other, whether a service may start.
policy=/usr/sbin/policy-rc.d
mark='# Put here by the Portcullis tests while they install packages; remove it if it is still here afterwards.'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
fi

first_known() {
  for package in $(printf '%s' "$1" | tr ',' ' '); do
    if [ -n "$(apt-cache policy "$package" | sed -n '/Candidate: (none)/d; /Candidate:/p')" ]; then
      printf '%s\n' "$package"
      return
    fi
  done
  printf 'apt knows none of: %s\n' "$1" >&2
  return 1
}

install() {
  packages=$(for wanted in "$@"; do first_known "$wanted" || exit 1; done) || return 1
  # Unquoted: one word per package.
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $packages </dev/null
}

# The lists are fetched only where they are missing or too old to serve.
install "$@" || { apt-get update --quiet -o DPkg::Lock::Timeout=300 && install "$@"; }
