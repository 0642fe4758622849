#!/bin/sh
# Takes away what the package has installed. The settings stay, and so does the state: sudo /usr/local/lib/portcullis/uninstall.sh
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH

if launchctl print system/com.portcullis.gateway >/dev/null 2>&1; then
  launchctl bootout system/com.portcullis.gateway
fi
rm -f /Library/LaunchDaemons/com.portcullis.gateway.plist /usr/local/bin/portcullis
rm -rf /usr/local/lib/portcullis
pkgutil --forget io.portcullis.gateway >/dev/null
