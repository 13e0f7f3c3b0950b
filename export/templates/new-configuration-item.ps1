# updoc {{.Version}}: makes the configuration item in Configuration Manager.
#
# An administrator runs this once, in the PowerShell of the Configuration Manager console
# (Connect via Windows PowerShell), with the other files of this package beside it. It
# makes a configuration item with the discovery script, the remediation script and the
# rule "equals Compliant". It deploys nothing, and it leaves "Run the specified remediation
# script when this setting is noncompliant" off: whoever turns that on in the rule decides.
param(
    [ValidateNotNullOrEmpty()]
    [string]$Name = 'updoc: Windows Update can be repaired'
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$discovery = [System.IO.Path]::Combine($PSScriptRoot, 'ci-discovery.ps1')
$remediation = [System.IO.Path]::Combine($PSScriptRoot, 'ci-remediation.ps1')
$item = New-CMConfigurationItem -Name $Name -CreationType WindowsOS -Description 'updoc {{.Version}}, risk up to {{.MaxRisk}}'
$setting = @{
    InputObject               = $item
    Name                      = 'updoc diagnose'
    DataType                  = 'String'
    DiscoveryScriptLanguage   = 'PowerShell'
    DiscoveryScriptText       = [System.IO.File]::ReadAllText($discovery)
    RemediationScriptLanguage = 'PowerShell'
    RemediationScriptText     = [System.IO.File]::ReadAllText($remediation)
    Is64Bit                   = $true
    ValueRule                 = $true
    RuleName                  = 'Nothing that updoc can put right'
    ExpressionOperator        = 'IsEquals'
    ExpectedValue             = 'Compliant'
    NoncomplianceSeverity     = 'Warning'
}
Add-CMComplianceSettingScript @setting
