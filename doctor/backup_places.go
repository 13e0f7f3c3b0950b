package doctor

import (
	"slices"
	"strings"
)

// Kinds of places that hold a person's files.
const (
	placeOther     = "other"
	placeMail      = "mail"
	placeBookmarks = "bookmarks"
	placePublic    = "public"
	placeData      = "data"
)

// knownFolders are the folders of a profile that a person knows by name. On the disk
// they are called so in every language of Windows.
var knownFolders = map[string]string{
	"desktop": "desktop", "documents": "documents", "my documents": "documents", "pictures": "pictures",
	"music": "music", "videos": "videos", "downloads": "downloads",
}

// notPersons are folders of Users that belong to nobody.
var notPersons = []string{"default", "default user", "all users", "defaultuser0", "defaultuser1", "wdagutilityaccount"}

// windowsOwn are the folders of a drive with Windows that setup and programs made.
var windowsOwn = []string{
	"windows", "windows.old", "program files", "program files (x86)", "program files (arm)", "programdata", "users", "perflogs",
	"recovery", "boot", "efi", "msocache", "config.msi", "documents and settings", "onedrivetemp",
	"windows10upgrade", "esd", "inetpub", "winreagent",
}

// systemFolders are on any drive and hold nothing of a person. The bin is left out too:
// what is in it was thrown away.
var systemFolders = []string{"system volume information", "recycler", "recycled", "found.000"}

// appDataKept are the places below AppData that are copied: mail that exists nowhere
// else, and bookmarks. The rest are settings and caches that no other PC can use.
var appDataKept = []struct{ folder, end, kind string }{
	{"appdata/local/microsoft/outlook", ".pst", placeMail},
	{"appdata/local/microsoft/outlook", ".ost", placeMail},
	{"appdata/roaming/microsoft/signatures", "", placeMail},
	{"appdata/roaming/thunderbird/profiles", "", placeMail},
	{"appdata/local/microsoft/windows live mail", "", placeMail},
	{"appdata/local/microsoft/edge/user data", "/bookmarks", placeBookmarks},
	{"appdata/local/google/chrome/user data", "/bookmarks", placeBookmarks},
	{"appdata/roaming/mozilla/firefox/profiles", "/places.sqlite", placeBookmarks},
}

// isPerson tells whether a folder of Users is somebody's profile.
func isPerson(name string) bool { return !slices.Contains(notPersons, strings.ToLower(name)) }

// isOwn tells whether a folder at the root of a volume is Windows' and not a person's.
func isOwn(name string, windows bool) bool {
	low := strings.ToLower(name)
	return strings.HasPrefix(low, "$") || slices.Contains(systemFolders, low) || windows && slices.Contains(windowsOwn, low)
}

// placeIn tells the place of a file by its path within a profile, with slashes: its kind
// and how many parts of the path name its folder (0: the profile itself). ok is false for
// what is not copied.
func placeIn(rel string) (kind string, parts int, ok bool) {
	low := strings.ToLower(rel)
	first, _, deeper := strings.Cut(low, "/")
	switch {
	case first == "appdata":
		return inAppData(low)
	case !deeper && strings.HasPrefix(first, "ntuser."):
		return "", 0, false // the person's registry hive
	case deeper && knownFolders[first] != "":
		return knownFolders[first], 1, true
	case deeper && (first == "onedrive" || strings.HasPrefix(first, "onedrive -")):
		return "onedrive", 1, true
	}
	return placeOther, 0, true
}

func inAppData(low string) (kind string, parts int, ok bool) {
	for _, k := range appDataKept {
		if strings.HasPrefix(low, k.folder+"/") && strings.HasSuffix(low, k.end) {
			return k.kind, strings.Count(k.folder, "/") + 1, true
		}
	}
	return "", 0, false
}

// worthEntering tells whether a folder of a profile can hold files that are copied.
func worthEntering(rel string) bool {
	low := strings.ToLower(rel)
	if low != "appdata" && !strings.HasPrefix(low, "appdata/") {
		return true
	}
	return slices.ContainsFunc(appDataKept, func(k struct{ folder, end, kind string }) bool {
		return strings.HasPrefix(k.folder+"/", low+"/") || strings.HasPrefix(low, k.folder+"/")
	})
}
