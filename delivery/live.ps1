# Runs the live suite on a real Windows, as administrator: in CI, or by hand in a VM.
#
# It makes one virtual disk (VHDX, 8 GB, expanding) with an EFI, a data and a recovery
# partition, and names it to the tests. A test that changes partitions may touch that disk
# alone, and must compare its file with UPDOC_LIVE_VHDX first: numbers of disks can change.
# The PC's own disks are never written.
#
#   UPDOC_LIVE=1             the tests that need a real Windows run
#   UPDOC_LIVE_DISK          number of the virtual disk
#   UPDOC_LIVE_VHDX          its file
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Set-Location (Split-Path $PSScriptRoot)

$folder = Join-Path ([IO.Path]::GetTempPath()) 'updoc-live'
$vhdx = Join-Path $folder 'updoc-live.vhdx'

function Invoke-Diskpart([string[]] $Lines) {
    $script = Join-Path $folder 'diskpart.txt'
    Set-Content -Path $script -Value $Lines -Encoding Ascii
    & diskpart.exe /s $script | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "diskpart ended with $LASTEXITCODE" }
}

if (Test-Path $vhdx) { throw "$vhdx is there already: an earlier run was cut off. Detach and delete it." }
New-Item -ItemType Directory -Force -Path $folder | Out-Null
$failed = $false
try {
    Invoke-Diskpart "create vdisk file=`"$vhdx`" maximum=8192 type=expandable", 'attach vdisk'
    $disk = Get-Disk | Where-Object Location -EQ $vhdx
    if (@($disk).Count -ne 1 -or $disk.IsBoot -or $disk.IsSystem) { throw 'the virtual disk was not found' }
    $number = $disk.Number
    Invoke-Diskpart "select vdisk file=`"$vhdx`"", 'convert gpt', 'create partition efi size=100', 'format quick fs=fat32',
        'create partition primary size=6000', 'format quick fs=ntfs label=live',
        'create partition primary size=500 id=de94bba4-06d1-4d40-a16a-bfd50179d6ac', 'format quick fs=ntfs label=recovery'
    $env:UPDOC_LIVE = '1'
    $env:UPDOC_LIVE_DISK = "$number"
    $env:UPDOC_LIVE_VHDX = $vhdx
    & go test '-count=1' -timeout '30m' -run Live './winapi' './source/live' './remedy/host/windows'
    $failed = $LASTEXITCODE -ne 0
}
finally {
    if (Test-Path $vhdx) {
        Invoke-Diskpart "select vdisk file=`"$vhdx`"", 'detach vdisk noerr'
        Remove-Item -Recurse -Force $folder
    }
}
if ($failed) { throw 'the live suite failed' }
