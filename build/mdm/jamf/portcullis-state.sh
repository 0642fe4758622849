#!/bin/sh
# Extension attribute for Jamf Pro: whether the policy is in force for the person at the screen.
# Data type String, input type Script. In a smart group: "Portcullis" "is not" "P-ENFORCING".
#
# The result is the state's code (docs/support.md), or one of:
#   not installed    no program
#   nobody           nobody is logged in, so there is no agent to ask
#   not proven CODE  the state is CODE, and a check that was made just now did not prove it
#   no answer        the agent does not answer: not running, or it hangs
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH

program=/usr/local/bin/portcullis

result() {
  printf '<result>%s</result>\n' "$1"
  exit 0
}

[ -x "$program" ] || result 'not installed'
user=$(stat -f %Su /dev/console 2>/dev/null)
case $user in
  '' | root | loginwindow | _mbsetupuser) result nobody ;;
esac
uid=$(id -u "$user" 2>/dev/null) || result nobody

# The agent belongs to the user, and so does its socket. 0: in order; 4: not in force, or not proven.
json=$(launchctl asuser "$uid" sudo -n -H -u "$user" "$program" status --check --json 2>/dev/null)
code=$?
# The state is the only part whose code begins with "P-".
state=$(printf '%s\n' "$json" | sed -n 's/^ *"code": "\(P-[A-Z-]*\)",*$/\1/p' | head -n 1)
case $code:$state in
  [04]:'') result 'no answer' ;;
  0:*) result "$state" ;;
  4:P-ENFORCING | 4:P-STALE | 4:P-AUDIT | 4:P-OFF) result "not proven $state" ;;
  4:*) result "$state" ;;
  *) result 'no answer' ;;
esac
