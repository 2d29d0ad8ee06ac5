# Installs tollgate or policy-gate from a release, on Windows. The archive is used only when its SHA-256 is the one in the release's
# SHA256SUMS and, if TOLLGATE_SHA256 is set, that one as well. Nothing is installed when anything fails.
#
#   irm https://github.com/tollgate-finops/tollgate/releases/latest/download/install.ps1 | iex
#   ./install.ps1 -Program policy-gate -Version v0.1.0 -To C:\tools
param(
  [ValidateSet('tollgate', 'policy-gate')] [string] $Program = 'tollgate',
  [string] $Version = $(if ($env:TOLLGATE_VERSION) { $env:TOLLGATE_VERSION } else { 'latest' }),
  [string] $To = $(if ($env:TOLLGATE_INSTALL_DIR) { $env:TOLLGATE_INSTALL_DIR } else { Join-Path $env:LOCALAPPDATA 'tollgate\bin' })
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version Latest

$repository = 'tollgate-finops/tollgate'
if ($Version -ne 'latest' -and $Version -cnotmatch '^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$') {
  throw "``$Version`` is no release such as v0.1.0"
}
if ($env:TOLLGATE_RELEASES) { $base = "$env:TOLLGATE_RELEASES/$Version" }
elseif ($Version -eq 'latest') { $base = "https://github.com/$repository/releases/latest/download" }
else { $base = "https://github.com/$repository/releases/download/$Version" }
# Only a server of this machine may be asked without encryption.
if ($base -notmatch '^https://' -and $base -notmatch '^http://127\.0\.0\.1:[0-9]+/') { throw "$base is not encrypted; use https://" }

$work = Join-Path ([IO.Path]::GetTempPath()) ("tollgate-" + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $work | Out-Null
try {
  $sums = Join-Path $work 'SHA256SUMS'
  Invoke-WebRequest -UseBasicParsing -Uri "$base/SHA256SUMS" -OutFile $sums
  # Windows on Arm runs the build for x86-64. The archive of this platform and its checksum: exactly one line.
  $pattern = "^([0-9a-f]{64})  ($Program-v[0-9][0-9A-Za-z.-]*-x86_64-pc-windows-msvc\.zip)$"
  $found = @(Get-Content $sums | Where-Object { $_ -cmatch $pattern })
  if ($found.Count -ne 1) { throw "the release has no $Program for Windows" }
  $null = $found[0] -cmatch $pattern
  $expected, $archive = $Matches[1], $Matches[2]
  if ($Version -ne 'latest' -and $archive -cne "$Program-$Version-x86_64-pc-windows-msvc.zip") {
    throw "SHA256SUMS is of another release: it names $archive"
  }
  $file = Join-Path $work $archive
  Invoke-WebRequest -UseBasicParsing -Uri "$base/$archive" -OutFile $file
  $actual = (Get-FileHash -Algorithm SHA256 $file).Hash.ToLowerInvariant()
  if ($actual -cne $expected) { throw "$archive is not the released file: its checksum is $actual, not $expected" }
  if ($env:TOLLGATE_SHA256 -and $actual -cne $env:TOLLGATE_SHA256) {
    throw "$archive is not the pinned file: its checksum is $actual, not $env:TOLLGATE_SHA256"
  }
  $content = Join-Path $work 'content'
  Expand-Archive -Path $file -DestinationPath $content
  $binary = Join-Path $content "$Program.exe"
  if (-not (Test-Path $binary)) { throw "$archive has no $Program.exe" }
  New-Item -ItemType Directory -Force -Path $To | Out-Null
  Move-Item -Force $binary (Join-Path $To "$Program.exe")
  Write-Output "installed $Program in $To"
  if (($env:PATH -split ';') -notcontains $To) { Write-Output "hint: add $To to PATH" }
} finally {
  Remove-Item -Recurse -Force $work
}
