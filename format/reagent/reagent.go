// Package reagent reads and writes ReAgent.xml, the file in which Windows keeps where its recovery environment is and
// whether it is on.
//
// It exists because this file and the boot store together decide which recovery partition is the active one. It imports
// the standard library only, must never touch a disk, and must never hide damage: what is readable is read, the rest is
// listed in Problems.
//
// Windows keeps two copies, System32\Recovery\ReAgent.xml and one beside winre.wim. Microsoft does not describe the file;
// the layout was learnt from real ones (Windows 8 to 11) and from KB2985764's examples.
package reagent

import "errors"

// ErrNotReAgent means that no <WindowsRE> element could be found.
var ErrNotReAgent = errors.New("not a ReAgent.xml")

// Answers of Config.State: what InstallState "1", "0" and anything else mean.
const (
	StateEnabled  = "enabled"
	StateDisabled = "disabled"
	StateUnknown  = "unknown" // InstallState is missing or neither 0 nor 1
)

// Config is what one ReAgent.xml says. Texts named "state" are the raw attribute, usually "0" or "1"; "" means that the file
// lacks the element, as files of older Windows do.
type Config struct {
	Version            string   `json:"version"`            // 2.0; 1.0 on Windows 8
	BCD                string   `json:"bcd"`                // loader object in the boot store; "": none (the zero GUID)
	Location           Location `json:"location"`           // where winre.wim is in use
	Image              Location `json:"image"`              // a winre.wim that was set with reagentc /setreimage
	PBRImage           Location `json:"pbrImage"`           // push-button reset image; OsInstallLocation in version 1.0
	PBRCustomImage     Location `json:"pbrCustomImage"`     // reset image made by the user or the maker
	InstallState       string   `json:"installState"`       // state; see Config.State
	OSInstallAvailable string   `json:"osInstallAvailable"` // state
	CustomAvailable    string   `json:"customAvailable"`    // state
	AutoRepair         string   `json:"autoRepair"`         // state; 1 when WinRE is on
	WinREStaged        string   `json:"winreStaged"`        // state; 1 between Setup's two halves
	OperationParam     string   `json:"operationParam"`     // what WinRE is to run at its next start
	OperationPermanent string   `json:"operationPermanent"` // state
	OSBuild            string   `json:"osBuild"`            // 26100.1.amd64fre.ge_release.240331-1435; often ""
	OEMTool            string   `json:"oemTool"`            // state
	IsServer           string   `json:"isServer"`           // state
	Downlevel          Location `json:"downlevel"`          // WinRE of the Windows before an upgrade
	IsWIMBoot          string   `json:"isWimBoot"`          // state
	NarratorScheduled  string   `json:"narratorScheduled"`  // state
	ScheduledOperation string   `json:"scheduledOperation"` // state; 4 and 5 were seen where nothing was scheduled
	Problems           []string `json:"problems"`           // damage, in English for the expert; nil: none
	elements           []element
}

// Location is a place on a disk. The zero Location is unset; Windows writes an unset one with ID "0".
type Location struct {
	Path   string `json:"path"`   // below the partition's root: \Recovery\WindowsRE; "" when unset
	ID     string `json:"id"`     // MBR disk signature, decimal; "0" on GPT
	Offset uint64 `json:"offset"` // of the partition from the start of the disk, in bytes
	GUID   string `json:"guid"`   // of the GPT disk or partition (both were seen), lower-case with braces; "" when zero
	Index  string `json:"index"`  // image in the wim, of reset images only
}

// State tells whether the recovery environment is on, by this file alone.
func (c *Config) State() string {
	switch c.InstallState {
	case "1":
		return StateEnabled
	case "0":
		return StateDisabled
	}
	return StateUnknown
}

// New returns the configuration of a Windows whose recovery environment is off: every element, all zero or empty.
func New() *Config {
	place, indexed := Location{ID: "0"}, Location{ID: "0", Index: "0"}
	return &Config{
		Version: "2.0", Location: place, Image: place, PBRImage: indexed, PBRCustomImage: indexed, Downlevel: place,
		InstallState: "0", OSInstallAvailable: "0", CustomAvailable: "0", AutoRepair: "0", WinREStaged: "0",
		OperationPermanent: "0", OEMTool: "0", IsServer: "0", IsWIMBoot: "0", NarratorScheduled: "0", ScheduledOperation: "0",
		elements: template(),
	}
}
