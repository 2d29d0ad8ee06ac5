# Tests install.ps1 against a release in a folder, served by this machine: it installs what was released and nothing else.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$folder = Join-Path ([IO.Path]::GetTempPath()) ("install-test-" + [Guid]::NewGuid())
$release = New-Item -ItemType Directory -Path (Join-Path $folder 'v0.1.0')
$to = Join-Path $folder 'bin'
$name = 'tollgate-v0.1.0-x86_64-pc-windows-msvc.zip'
$archive = Join-Path $release $name
Copy-Item (Join-Path $env:SystemRoot 'System32\where.exe') (Join-Path $folder 'tollgate.exe')
Compress-Archive -Path (Join-Path $folder 'tollgate.exe') -DestinationPath $archive
$digest = (Get-FileHash -Algorithm SHA256 $archive).Hash.ToLowerInvariant()
$sums = Join-Path $release 'SHA256SUMS'
Set-Content $sums "$digest  $name"

$server = Start-Process python -ArgumentList '-m', 'http.server', '8765', '--bind', '127.0.0.1', '--directory', $folder -PassThru -WindowStyle Hidden
try {
  for ($i = 0; $i -lt 100 -and -not (Test-NetConnection 127.0.0.1 -Port 8765 -InformationLevel Quiet -WarningAction SilentlyContinue); $i++) {
    Start-Sleep -Milliseconds 100
  }
  $env:TOLLGATE_RELEASES = 'http://127.0.0.1:8765'
  $script = Join-Path $PSScriptRoot 'install.ps1'

  function Assert-Refused([string] $why, [scriptblock] $run) {
    $message = ''
    try { & $run | Out-Null } catch { $message = "$_" }
    if ($message -notlike "*$why*") { throw "expected an error with '$why', not '$message'" }
    if (Test-Path (Join-Path $to 'tollgate.exe')) { throw "something was installed in spite of '$why'" }
  }

  $env:TOLLGATE_SHA256 = '0000'
  Assert-Refused 'is not the pinned file' { & $script -Version v0.1.0 -To $to }
  $env:TOLLGATE_SHA256 = ''
  Assert-Refused 'is no release' { & $script -Version 'v0.1.0/..' -To $to }
  $zeros = '0' * 64
  Set-Content $sums "$zeros  $name"
  Assert-Refused 'is not the released file' { & $script -Version v0.1.0 -To $to }
  Set-Content $sums ''
  Assert-Refused 'the release has no tollgate' { & $script -Version v0.1.0 -To $to }
  Set-Content $sums "$digest  $name"
  & $script -Version v0.1.0 -To $to
  if (-not (Test-Path (Join-Path $to 'tollgate.exe'))) { throw 'nothing was installed' }
  Write-Output '5 passed, 0 failed'
} finally {
  Stop-Process -Id $server.Id
  Remove-Item -Recurse -Force $folder
}
