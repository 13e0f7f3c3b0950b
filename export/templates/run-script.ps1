# updoc {{.Version}}: for Run Scripts of Configuration Manager.
#
# Parameters (four, strings and one number; none may hold a quote):
#   Action            Diagnose only looks; Repair does what this package allows
#   MaxRisk           highest risk: {{join .Risks " or "}}
#   Only              id of the only remedy to do; empty: {{if .Only}}{{join .Only ", "}}{{else}}all up to MaxRisk{{end}}
#   TimeLimitSeconds  how long to wait for updoc
# Output: one line of JSON, well below the 4 KB that Configuration Manager keeps.
#   exit 0  Diagnose: updoc looked; Repair: done, or nothing more can be done without a
#           restart or a person
#   exit 1  updoc gave no answer, or what was to be done is not done; the line says why
# A machine policy on the PC (HKLM\SOFTWARE\Policies\updoc) wins over the parameters.
# What it never does: restart the PC or the agent, a step of risk R3 or R4, anything that
# needs the yes of a person, send anything, name a person or PC in its output.
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet('Diagnose', 'Repair')]
    [string]$Action,

    [ValidateSet({{range $i, $r := .Risks}}{{if $i}}, {{end}}'{{$r}}'{{end}})]
    [string]$MaxRisk = '{{.MaxRisk}}',

    [ValidatePattern('^([a-z0-9]+(-[a-z0-9]+)*)?$')]
    [ValidateLength(0, 64)]
    [string]$Only = '',

    [ValidateRange({{.Shortest}}, {{.Longest}})]
    [int]$TimeLimitSeconds = {{.RunSeconds}}
)
{{template "common" .}}{{template "goon" .}}
$verb = 'diagnose'
if ($Action -eq 'Repair') { $verb = 'fix' }
try {
    if (Test-WrongHost) {
        $more = @('-Action', $Action, '-MaxRisk', $MaxRisk, '-TimeLimitSeconds', [string]$TimeLimitSeconds)
        if ($Only -ne '') { $more += @('-Only', $Only) }
        $there = Invoke-RightHost -More $more
        if ($there.Line.StartsWith($answerBegin, [System.StringComparison]::Ordinal)) {
            Write-Output $there.Line
            exit $there.Code
        }
        Write-Output (Get-OwnLine -Verb $verb -Reason 'host-failed')
        exit 1
    }
    $allowed = {{qlist .Only}}
    $remedies = $allowed
    if ($Only -cne '') {
        $remedies = @($Only.ToLowerInvariant())
        if ($allowed.Count -gt 0 -and -not ($allowed -ccontains $remedies[0])) {
            Write-Output (Get-OwnLine -Verb $verb -Reason 'not-in-this-package')
            exit 1
        }
    }
    $arguments = ' --format summary --max-risk ' + $MaxRisk.ToUpperInvariant()
    foreach ($remedy in $remedies) { $arguments += ' --only ' + $remedy }
    $look = 'diagnose' + $arguments
    if ($Action -eq 'Diagnose') {
        $answer = Invoke-Updoc -Arguments $look -Seconds $TimeLimitSeconds
    }
    else {
        $limit = ' --no-restart --wait 0s --time-limit ' + [string][int][System.Math]::Floor($TimeLimitSeconds * 0.75) + 's'
        $answer = Invoke-Updoc -Arguments ('fix --yes' + $limit + $arguments) -Seconds $TimeLimitSeconds
    }
    $line = $answer.Line
    $script = ''
    if ($Action -eq 'Repair' -and $answer.Reason -eq 'timed-out') {
        $script = 'timed-out'
    }
    elseif ($Action -eq 'Repair' -and $answer.Interrupted -and (Resume-Updoc -Seconds ($TimeLimitSeconds - $answer.Took))) {
        $script = 'resumed'
    }
    if ($script -ne '') {
        $answer = Invoke-Updoc -Arguments $look -Seconds 60
        if ($answer.Reason -eq '') {
            $line = $answerBegin + '"script":"' + $script + '",' + $answer.Line.Substring($answerBegin.Length)
        }
        else {
            $answer.Reason = $script
        }
    }
    if ($answer.Reason -ne '') {
        Write-Output (Get-OwnLine -Verb $verb -Reason $answer.Reason)
        exit 1
    }
    Write-Output $line
    if ($Action -eq 'Repair' -and $answer.Remediate) { exit 1 }
    exit 0
}
catch {
    Write-Output (Get-OwnLine -Verb $verb -Reason 'script-failed')
    exit 1
}
