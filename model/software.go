package model

// Program is one entry of the Uninstall keys of SOFTWARE.
type Program struct {
	Name      string `json:"name"`
	Version   string `json:"version,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	Origin    Origin `json:"origin"`
}

// Filter is one driver that sits in the way of files or disks: a file system, a
// mini-filter (it has an altitude) or a virtual disk. Parts of Windows are in the
// list too. Source: field guide, artifacts §8.
type Filter struct {
	Name     string       `json:"name"` // service key, lower case
	Type     int64        `json:"type"` // 1 kernel, 2 file system
	Start    int64        `json:"start"`
	Group    string       `json:"group,omitempty"`
	Altitude float64      `json:"altitude"` // 0: none
	Image    string       `json:"image,omitempty"`
	File     Fact[bool]   `json:"file"`    // the driver's file is there
	Company  Fact[string] `json:"company"` // of the file's version resource; empty: none
	Origin   Origin       `json:"origin"`
}

// States of a SecurityProduct.
const (
	SecurityActive   = "active"   // installed, and its driver starts
	SecurityResidue  = "residue"  // its driver starts, but no such product is installed
	SecurityHarmless = "harmless" // only traces: nothing of it starts
)

// SecurityProduct is an antivirus of another vendor, or what it left behind. It is
// joined by diagnose from Filters, Programs and the table of vendors in knowledge.
type SecurityProduct struct {
	Vendor   string   `json:"vendor"`
	Drivers  []string `json:"drivers"`
	Programs []string `json:"programs"`
	State    string   `json:"state"`
	Tool     string   `json:"tool,omitempty"` // name of the vendor's removal tool
	Origin   Origin   `json:"origin"`
}

// InboxPart is a part of Windows that tools like to remove, and whether it is there.
// Name: edge, edge-legacy, webview2, store, defender, security-health, app-installer.
type InboxPart struct {
	Name    string     `json:"name"`
	Present Fact[bool] `json:"present"`
	Origin  Origin     `json:"origin"`
}

// AppxEntry is one package below Appx\AppxAllUserStore\EndOfLife.
type AppxEntry struct {
	User   string `json:"user"` // SID
	Name   string `json:"name"`
	Origin Origin `json:"origin"`
}

// Permission is whether servicing has the rights it needs to a file, folder or key. Path:
// with backslashes, no drive letter; a key begins with HKLM. The usual owners and rights
// differ from place to place, so it is judged by what is needed there: SYSTEM only reads in
// WinSxS, for example, but must write in SoftwareDistribution. Rights that SYSTEM has as a
// member of Administrators count; an empty owner means that there is none.
type Permission struct {
	Path   string     `json:"path"`
	Owner  string     `json:"owner"`  // SID
	System Fact[bool] `json:"system"` // SYSTEM has the rights that updating needs here
	Stack  Fact[bool] `json:"stack"`  // TrustedInstaller, which runs as SYSTEM, has them
	Origin Origin     `json:"origin"`
}

// Folder is a stock folder of Windows and whether it is there.
type Folder struct {
	Path    string     `json:"path"`
	Present Fact[bool] `json:"present"`
	Origin  Origin     `json:"origin"`
}

// Spare is a file or folder that a remedy renames or copies, and the name it would get
// beside it.
type Spare struct {
	Path    string       `json:"path"`
	Present Fact[bool]   `json:"present"`
	Free    Fact[string] `json:"free"` // the first name that is not in use; empty: all are
	Origin  Origin       `json:"origin"`
}
