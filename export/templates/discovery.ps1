# updoc {{.Version}}: discovery script of a configuration item in Configuration Manager.
#
# What it does: runs "updoc diagnose", which only looks, and prints one word, which the
# compliance rule compares (data type String, equals Compliant):
#   NonCompliant  there is something that updoc can put right by itself
#   Compliant     there is not
# If updoc could not look (it is missing, crashed, took too long, answered nonsense) it
# prints nothing and exits with 2: Configuration Manager takes that for a failed discovery
# and neither calls the PC compliant nor starts the remediation.
# What it never does: change anything, restart the PC, send anything, name a person or PC.
#
# The client setting "Script Execution Timeout" ends a script after 60 seconds unless it
# is raised (up to 600, as the instructions say); this script waits {{.Seconds}} seconds for updoc.
{{template "common" .}}
try {
    if (Test-WrongHost) {
        $there = Invoke-RightHost -More @()
        if ($there.Code -eq 0 -and @('Compliant', 'NonCompliant') -ccontains $there.Line) {
            Write-Output $there.Line
            exit 0
        }
        exit 2
    }
    $answer = Invoke-Updoc -Arguments '{{template "diagnose" .}}' -Seconds {{.Seconds}}
    if ($answer.Reason -ne '') { exit 2 }
    if ($answer.Remediate) { Write-Output 'NonCompliant' } else { Write-Output 'Compliant' }
    exit 0
}
catch {
    exit 2
}
