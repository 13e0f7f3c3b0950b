# Runs the live suite on a real Windows, as administrator: in CI, or by hand in a VM.
#
# Tests that change partitions make virtual disks (VHDX) in one folder, and find the disk by
# asking Windows which one such a file is. No other disk is ever written.
#
#   UPDOC_LIVE=1             the tests that need a real Windows run
#   UPDOC_LIVE_FOLDER        where their virtual disks are made; without it they fail
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Set-Location (Split-Path $PSScriptRoot)

$folder = Join-Path ([IO.Path]::GetTempPath()) 'updoc-live'

# Dismount detaches what a test that was cut off left attached.
function Dismount([string] $Vhdx) {
    $script = Join-Path $folder 'diskpart.txt'
    Set-Content -Path $script -Value "select vdisk file=`"$Vhdx`"", 'detach vdisk noerr' -Encoding Ascii
    & diskpart.exe '/s' $script | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "diskpart ended with $LASTEXITCODE" }
}

if (Test-Path $folder) { throw "$folder is there already: an earlier run was cut off. Detach the virtual disks in it and delete it." }
New-Item -ItemType Directory -Path $folder | Out-Null
$failed = $false
try {
    $env:UPDOC_LIVE = '1'
    $env:UPDOC_LIVE_FOLDER = $folder
    & go test '-count=1' '-timeout' '30m' '-run' 'TestLive' './winapi' './source/live' './remedy/host/windows'
    $failed = $LASTEXITCODE -ne 0
}
finally {
    Get-ChildItem -Path $folder -Filter '*.vhdx' | ForEach-Object { Dismount $_.FullName }
    Remove-Item -Recurse -Force $folder
}
if ($failed) { throw 'the live suite failed' }
