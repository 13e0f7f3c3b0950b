package model

// Agent is the update agent: its databases, its way to the servers, what it and the
// services it needs wrote to their logs.
type Agent struct {
	DataStore Fact[string]       `json:"dataStore"` // SoftwareDistribution\DataStore\DataStore.edb: clean, dirty, damaged, missing
	Catroot2  Fact[string]       `json:"catroot2"`  // System32\catroot2\…\catdb: clean, dirty, damaged, missing
	Queue     Fact[string]       `json:"queue"`     // Network\Downloader\qmgr.db: clean, dirty, damaged, missing
	Hidden    List[string]       `json:"hidden"`    // updates that were hidden: KB, else update id
	Hosts     List[HostLine]     `json:"hosts"`     // System32\drivers\etc\hosts: all names of update's servers, the first of the others
	Firewall  List[FirewallRule] `json:"firewall"`  // outbound rules that block
	Proxy     Fact[string]       `json:"proxy"`     // of WinHTTP; empty: direct
	Log       List[Note]         `json:"log"`       // WindowsUpdate.log: lines that say something failed
	Transfers List[Note]         `json:"transfers"` // BITS: transfers that failed; Subject: the URL
	Services  List[Note]         `json:"services"`  // Service Control Manager: services that did not start, or changed; Subject: service key
	Mounts    List[Mount]        `json:"mounts"`    // drive letters
}

// HostLine is one name of the hosts file.
type HostLine struct {
	Host    string `json:"host"` // lower case
	Address string `json:"address"`
	Update  bool   `json:"update"` // one of update's servers
	Origin  Origin `json:"origin"`
}

// FirewallRule is an active rule that blocks outbound traffic.
type FirewallRule struct {
	Name    string `json:"name"`
	Program string `json:"program,omitempty"`
	Service string `json:"service,omitempty"`
	Remote  string `json:"remote,omitempty"` // addresses; empty: any
	Policy  bool   `json:"policy"`           // set by group policy
	Update  bool   `json:"update"`           // it keeps the update services from every server
	Origin  Origin `json:"origin"`
}

// Mount is a drive letter of SYSTEM\MountedDevices.
type Mount struct {
	Letter string `json:"letter"` // A:
	Device string `json:"device"` // partition, or the name of what else it is
	Origin Origin `json:"origin"`
}
