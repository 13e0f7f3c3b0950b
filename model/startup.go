package model

// Startup is what starts with Windows, for all users, without being a part of it. What
// Microsoft has made is left out; what is of an unknown maker is not.
type Startup struct {
	Services List[AutoService]  `json:"services"`
	Entries  List[StartupEntry] `json:"entries"`
}

// AutoService is a service that starts by itself (start type 2).
type AutoService struct {
	Name      string       `json:"name"`      // service key, lower case
	File      string       `json:"file"`      // program or DLL, with backslashes, no drive letter; empty: it leads elsewhere
	Company   Fact[string] `json:"company"`   // of its version resource; empty: it names none
	Delayed   Fact[int64]  `json:"delayed"`   // DelayedAutostart
	Protected bool         `json:"protected"` // Windows guards its process: an antivirus (LaunchProtected)
	Needs     []string     `json:"needs"`     // services that must run before it, lower case
	Origin    Origin       `json:"origin"`    // the value Start
}

// Kinds of a StartupEntry.
const (
	StartupRun    = "run"    // SOFTWARE\Microsoft\Windows\CurrentVersion\Run
	StartupRun32  = "run-32" // the same below WOW6432Node
	StartupFolder = "folder" // the Startup folder in the Start menu of all users
)

// StartupEntry is a program that starts when somebody signs in, and that Task Manager has
// not switched off.
type StartupEntry struct {
	Name     string       `json:"name"` // of the value, or of the file
	Kind     string       `json:"kind"`
	File     string       `json:"file"`     // as in AutoService; of a folder's entry, that itself
	Company  Fact[string] `json:"company"`  // unseen of a shortcut
	Approved string       `json:"approved"` // its value below StartupApproved, lower-case hex; empty: there is none
	Origin   Origin       `json:"origin"`
}
