# updoc {{.Version}}: remediation script{{if eq .Package "intune"}} for Intune Remediations{{else}} of a configuration item in Configuration Manager{{end}}.
#
# What it does: runs "updoc fix" with what this package allows: risk up to {{.MaxRisk}}{{if .Only}}, only
# {{join .Only ", "}}{{end}}. A machine policy on the PC (HKLM\SOFTWARE\Policies\updoc) wins.
#   exit 0  done, or nothing more can be done without a restart or a person
#   exit 1  what was to be done is not done; the line says why
# updoc begins nothing more shortly before the time limit; what it began goes on by itself.
# After the limit it is ended, with the programs it started, the state of the PC is read
# again, and the line has "script":"timed-out" in it; what was begun is in updoc's journal,
# goes on by itself, and can be finished (updoc resume) or taken back (updoc undo). If an
# earlier repair stopped half-way, it is gone on with instead of a new one, in the time that
# is left, and the line has "script":"resumed" in it.
# What it never does: restart the PC, a step of risk R3 or R4, anything that needs the
# yes of a person, send anything, name a person or PC in its output.
{{template "common" .}}{{template "goon" .}}
try {
    if (Test-WrongHost) {
        $there = Invoke-RightHost -More @()
        if ($there.Line.StartsWith($answerBegin, [System.StringComparison]::Ordinal)) {
            Write-Output $there.Line
            exit $there.Code
        }
        Write-Output (Get-OwnLine -Verb 'fix' -Reason 'host-failed')
        exit 1
    }
    $answer = Invoke-Updoc -Arguments '{{template "fix" .}}' -Seconds {{.FixSeconds}}
    $line = $answer.Line
    $script = ''
    if ($answer.Reason -eq 'timed-out') {
        $script = 'timed-out'
    }
    elseif ($answer.Interrupted -and (Resume-Updoc -Seconds ({{.FixSeconds}} - $answer.Took))) {
        $script = 'resumed'
    }
    if ($script -ne '') {
        $answer = Invoke-Updoc -Arguments '{{template "diagnose" .}}' -Seconds {{.LookSeconds}}
        if ($answer.Reason -eq '') {
            $line = $answerBegin + '"script":"' + $script + '",' + $answer.Line.Substring($answerBegin.Length)
        }
        else {
            $answer.Reason = $script
        }
    }
    if ($answer.Reason -ne '') {
        Write-Output (Get-OwnLine -Verb 'fix' -Reason $answer.Reason)
        exit 1
    }
    Write-Output $line
    if ($answer.Remediate) { exit 1 }
    exit 0
}
catch {
    Write-Output (Get-OwnLine -Verb 'fix' -Reason 'script-failed')
    exit 1
}
