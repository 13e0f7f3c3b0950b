{{define "common"}}
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# The first words of every answer of updoc. An answer is one line of JSON in ASCII,
# at most {{.LineLimit}} characters, in which the field "remediate" is the decision.
$answerBegin = '{"schema":"{{.Schema}}",'
$answerLimit = {{.LineLimit}}

# A line of this script's own: updoc gave no answer. Reason is a fixed word.
function Get-OwnLine {
    param([string]$Verb, [string]$Reason)
    return ($answerBegin + '"verb":"' + $Verb + '","outcome":"cannot-look","code":"' + $Reason + '","remediate":false}')
}

# Whether PowerShell may call only a few types (App Control, AppLocker): then nothing here works.
function Test-Constrained {
    return ([string]$ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage')
}

# Where updoc.exe is; empty if it is nowhere. This runs as SYSTEM: only administrators may
# be able to write to these places.
function Find-Updoc {
{{- if .Exe}}
    $places = @({{q .Exe}})
{{- else}}
    $programs = $env:ProgramW6432
    if ([string]::IsNullOrEmpty($programs)) { $programs = $env:ProgramFiles }
    $places = @([System.IO.Path]::Combine($programs, 'updoc', 'updoc.exe'))
    if (-not [string]::IsNullOrEmpty($PSScriptRoot)) {
        $places += [System.IO.Path]::Combine($PSScriptRoot, 'updoc.exe')
    }
{{- end}}
    foreach ($place in $places) {
        if ([System.IO.File]::Exists($place)) { return $place }
    }
    return ''
}

# Runs updoc and returns its answer: Line, Remediate, and Reason, which is empty if the
# answer is one, and how many seconds it took. After the time limit this one process is ended, by its id; a program that
# it started, DISM for one, ends with it. updoc keeps a journal of what it changes; a task
# as SYSTEM goes on from there within the hour, or after the next start of Windows.
function Invoke-Updoc {
    param([string]$Arguments, [int]$Seconds)
    $answer = @{ Line = ''; Remediate = $false; Interrupted = $false; Reason = ''; Took = 0 }
    if (Test-Constrained) {
        $answer.Reason = 'constrained-language'
        return $answer
    }
    $exe = Find-Updoc
    if ($exe -eq '') {
        $answer.Reason = 'updoc-missing'
        return $answer
    }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo
    $start.FileName = $exe
    $start.Arguments = $Arguments
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    try {
        $process = [System.Diagnostics.Process]::Start($start)
    }
    catch [System.ComponentModel.Win32Exception] {
        $answer.Reason = 'updoc-blocked'
        return $answer
    }
    $process.StandardInput.Close()
    $output = $process.StandardOutput.ReadToEndAsync()
    $errors = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($Seconds * 1000)) {
        $answer.Reason = 'timed-out'
        try {
            $process.Kill()
            [void]$process.WaitForExit(10000)
        }
        catch [System.InvalidOperationException] {
            return $answer # it ended by itself just now
        }
        catch [System.ComponentModel.Win32Exception] {
            return $answer # it is ending
        }
        return $answer
    }
    if (-not $output.Wait(10000)) {
        $answer.Reason = 'unreadable-answer'
        return $answer
    }
    $answer = Read-Answer -Text $output.Result
    $answer.Took = [int][System.Math]::Ceiling($clock.Elapsed.TotalSeconds)
    return $answer
}

# Reads the last line of what updoc printed. How updoc exited does not matter: a line that
# is not wholly as it should be is no answer.
function Read-Answer {
    param([string]$Text)
    $answer = @{ Line = ''; Remediate = $false; Interrupted = $false; Reason = 'unreadable-answer'; Took = 0 }
    $line = ''
    foreach ($candidate in $Text.Split([char]10)) {
        if ($candidate.Trim() -ne '') { $line = $candidate.Trim() }
    }
    if ($line.Length -gt $answerLimit) { return $answer }
    if (-not $line.StartsWith($answerBegin, [System.StringComparison]::Ordinal)) { return $answer }
    try {
        $decision = (ConvertFrom-Json -InputObject $line).remediate
        if ($decision -is [bool]) {
            $answer.Line = $line
            $answer.Remediate = $decision
            $answer.Interrupted = $line.Contains('"interrupted":true')
            $answer.Reason = ''
        }
    }
    catch {
        $answer.Reason = 'unreadable-answer'
    }
    return $answer
}

# A 32-bit PowerShell on a 64-bit Windows sees another System32. Then the 64-bit one is
# started through Sysnative, with the same execution policy.
function Test-WrongHost {
    if (Test-Constrained) { return $false }
    return ([System.Environment]::Is64BitOperatingSystem -and -not [System.Environment]::Is64BitProcess -and -not [string]::IsNullOrEmpty($PSCommandPath))
}

function Invoke-RightHost {
    param([string[]]$More)
    $native = [System.IO.Path]::Combine($env:windir, 'Sysnative\WindowsPowerShell\v1.0\powershell.exe')
    $policy = (Get-ExecutionPolicy).ToString()
    $lines = @(& $native -NoLogo -NoProfile -NonInteractive -ExecutionPolicy $policy -File $PSCommandPath @More)
    $result = @{ Line = ''; Code = $LASTEXITCODE }
    if ($lines.Count -gt 0) { $result.Line = [string]$lines[$lines.Count - 1] }
    return $result
}
{{end}}

{{define "allowed"}}--format summary --max-risk {{.MaxRisk}}{{range .Only}} --only {{.}}{{end}}{{end}}

{{define "diagnose"}}diagnose {{template "allowed" .}}{{end}}

{{define "fix"}}fix --yes --no-restart --wait 0s --time-limit {{.FixLimit}}s {{template "allowed" .}}{{end}}

{{define "goon"}}
# Goes on with an earlier repair in the seconds that are left, and tells whether it did. A
# task as SYSTEM goes on anyway: with little time left nothing is begun that would be cut off.
function Resume-Updoc {
    param([int]$Seconds)
    if ($Seconds -lt {{.Shortest}}) { return $false }
    $limit = [string][int][System.Math]::Floor($Seconds * 0.75) + 's'
    [void](Invoke-Updoc -Arguments ('resume --quiet --no-restart --wait 0s --time-limit ' + $limit) -Seconds $Seconds)
    return $true
}
{{end}}
