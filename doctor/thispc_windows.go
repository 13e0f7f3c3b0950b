package doctor

import "golang.org/x/sys/windows"

// programData is the folder for data of all users.
func programData() string {
	path, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		return ""
	}
	return path
}
