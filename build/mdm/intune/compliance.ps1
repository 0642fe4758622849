# Discovery script for custom compliance in Intune: whether the policy is in force for the signed-in user, proven by a check just now.
# "Run this script using the logged on credentials": Yes. The agent belongs to the user; SYSTEM has none to ask.
# "Run script in 64 bit PowerShell Host": Yes. The rules are in compliance.json.
$result = [ordered]@{ PortcullisInOrder = $false; PortcullisState = 'not-installed'; PortcullisVersion = '' }

$program = Join-Path ([Environment]::GetFolderPath('ProgramFiles')) 'Portcullis\portcullis.exe'
try {
  if (Test-Path -LiteralPath $program -PathType Leaf) {
    $result.PortcullisState = 'no-answer'
    $json = & $program status --check --json 2>$null | Out-String
    # 0: in order, also on a machine that nobody manages; 4: not in force, or not proven; anything else: nothing is known.
    $code = $LASTEXITCODE
    if ($code -eq 0 -or $code -eq 4) {
      $snapshot = $json | ConvertFrom-Json
      $result.PortcullisState = [string]$snapshot.state.code
      $result.PortcullisVersion = [string]$snapshot.version
      $result.PortcullisInOrder = ($code -eq 0) -and ($snapshot.state.id -ne 'unmanaged')
    }
  }
} catch {
  $result.PortcullisInOrder = $false
}
return $result | ConvertTo-Json -Compress
