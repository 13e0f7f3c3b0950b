# updoc {{.Version}}: detection script for Intune Remediations.
#
# What it does: runs "updoc diagnose", which only looks, and lets its answer decide.
#   exit 1  there is something that updoc can put right by itself: start the remediation
#   exit 0  there is not, or updoc could not look
# Why exit 0 if updoc could not look (it is missing, crashed, took too long, answered
# nonsense): whoever cannot see must not start repairs. The line then says
# "outcome":"cannot-look" with the reason in "code"; look for it in the column of the
# detection output. PowerShell itself ends with 1 if a script breaks, so everything here
# is inside one try.
# What it never does: change anything, restart the PC, send anything, name a person or PC.
#
# Intune: run as SYSTEM (not the signed-in user), 64-bit PowerShell: yes. Plain ASCII
# without a byte order mark, for Windows PowerShell 5.1.
{{template "common" .}}
try {
    if (Test-WrongHost) {
        $there = Invoke-RightHost -More @()
        if ($there.Line.StartsWith($answerBegin, [System.StringComparison]::Ordinal)) {
            Write-Output $there.Line
            exit $there.Code
        }
        Write-Output (Get-OwnLine -Verb 'diagnose' -Reason 'host-failed')
        exit 0
    }
    $answer = Invoke-Updoc -Arguments '{{template "diagnose" .}}' -Seconds {{.Seconds}}
    if ($answer.Reason -ne '') {
        Write-Output (Get-OwnLine -Verb 'diagnose' -Reason $answer.Reason)
        exit 0
    }
    Write-Output $answer.Line
    if ($answer.Remediate) { exit 1 }
    exit 0
}
catch {
    Write-Output (Get-OwnLine -Verb 'diagnose' -Reason 'script-failed')
    exit 0
}
