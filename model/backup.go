package model

import "time"

// BackupSchema names the JSON form of Backup.
const BackupSchema = "updoc.backup/1"

// Why a file of a Backup was not copied, or not whole.
const (
	BackupOnline    = "online-only"   // its content is with a cloud, or another driver brings it
	BackupEncrypted = "encrypted"     // by Windows (EFS), for one user
	BackupUnread    = "unreadable"    // the disk, or its file system, did not give it
	BackupUnwritten = "not-written"   // the target did not take it
	BackupDiffers   = "copy-differs"  // read again, the copy was another
	BackupUnknown   = "not-supported" // a form that this program does not read
)

// Backup is where a person's files are, and what was copied of them. It claims only
// what was verified: Copied counts those whose copy was read again and is the same.
type Backup struct {
	Schema  string       `json:"schema"`
	Tool    Versioned    `json:"tool"`
	Source  SourceInfo   `json:"source"`
	Folder  string       `json:"folder"` // where the copies are; empty: only listed
	Started time.Time    `json:"started"`
	Ended   time.Time    `json:"ended"`
	Places  []BackupSet  `json:"places"`
	Unseen  []Look       `json:"unseen"`  // volumes and folders that could not be looked at
	Total   BackupCount  `json:"total"`   // what is there
	Copied  BackupCount  `json:"copied"`  // written in this run, read again, the same
	Kept    BackupCount  `json:"kept"`    // copied earlier; read again, the same
	Failed  BackupCount  `json:"failed"`  // should have been copied and were not
	LeftOut BackupCount  `json:"leftOut"` // cannot be copied here
	Files   []BackupFile `json:"files"`   // every file in the manifest; in other documents those that failed, were left out or got another name
	Notes   []string     `json:"notes"`   // ids of texts: what is never copied
	Stopped string       `json:"stopped"` // code of the error that ended it early; empty: it went to its end
}

// BackupSet is one place where files of a person are.
type BackupSet struct {
	Volume  string      `json:"volume"`
	Path    string      `json:"path"` // folder, with backslashes from the root of the volume
	User    string      `json:"user"` // name of the profile's folder; empty: of nobody
	Kind    string      `json:"kind"` // desktop, documents, pictures, music, videos, downloads, onedrive, mail, bookmarks, other, public, data
	Found   BackupCount `json:"found"`
	LeftOut BackupCount `json:"leftOut"` // of them, what cannot be copied here
}

// BackupCount counts files and their bytes.
type BackupCount struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// BackupFile is one file.
type BackupFile struct {
	Volume   string    `json:"volume"`
	Path     string    `json:"path"`           // with backslashes from the root of the volume
	Copy     string    `json:"copy,omitempty"` // below the folder of the backup, with slashes; empty: none
	Size     int64     `json:"size"`           // bytes
	Modified time.Time `json:"modified"`       // UTC
	SHA256   string    `json:"sha256,omitempty"`
	Verified bool      `json:"verified"`          // the copy was read again and has this hash
	Renamed  bool      `json:"renamed,omitempty"` // the target cannot hold its name
	Problem  string    `json:"problem,omitempty"` // why it was not copied
	Detail   string    `json:"detail,omitempty"`  // for an expert
	Partial  string    `json:"partial,omitempty"` // what could be read of it, below the folder
}
