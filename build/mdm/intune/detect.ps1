# Detection script of the Win32 app in Intune. It runs as SYSTEM; "Run script as 32-bit process": No.
# Detected: exit code 0 and one line on standard output. Anything else: not detected, so that Intune installs it (again).
#
# Three things must agree, because an installation that failed half-way may leave some of them: the product that Windows lists, the version
# that our installer has registered, and a running service.
$MinimumVersion = [version]'0.1.0'

$ErrorActionPreference = 'Stop'
try {
  $registered = [string](Get-ItemProperty -Path 'HKLM:\SOFTWARE\Portcullis' -Name 'Version').Version
  if ([version]($registered -replace '[-+].*$', '') -lt $MinimumVersion) { exit 1 }

  $products = Get-ChildItem -Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall' |
    Get-ItemProperty |
    Where-Object { $_.DisplayName -like 'Portcullis*' -and $_.DisplayVersion -eq $registered }
  if (@($products).Count -lt 1) { exit 1 }

  if ((Get-Service -Name 'PortcullisGateway').Status -ne 'Running') { exit 1 }

  Write-Output "Portcullis $registered"
  exit 0
} catch {
  exit 1
}
