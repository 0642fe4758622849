#!/bin/sh
# usage: apt-download.sh FOLDER PACKAGE...
# Fetches Debian packages and what they depend on into FOLDER, but for what is installed here, and installs nothing: they are for a machine
# of a test's own. Needs root.
set -eu
folder=$1
shift
mkdir -p "$folder/partial"
exec 9>/var/lock/portcullis-test-setup.lock
flock 9

download() {
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends --download-only \
    -o Dir::Cache::archives="$folder" -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# The lists are fetched only where they are missing or too old to serve.
download "$@" || { apt-get update --quiet -o DPkg::Lock::Timeout=300 && download "$@"; }
