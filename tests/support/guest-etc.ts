/**
 * A script for the shell of a guest: every file below /etc with owner, mode and content, every folder with owner and mode, and where links lead.
 * Backups that a system's own tools leave there (`passwd-`) are left out.
 */
export const LIST_ETC = `(
  cd /etc
  find . ! '(' -type f -name '*-' ')' -printf '%p %u %m %y %l\\n'
  find . -type f ! -name '*-' -exec sha256sum {} + | sed 's/^\\([0-9a-f]*\\)  \\(.*\\)$/\\2 \\1/'
) | sort`;

/** Guests see this machine's files, and with them the folder of the VMs of a test beside, which comes and goes. */
export const VM_FOLDER = '/var/lib/portcullis-vm';
