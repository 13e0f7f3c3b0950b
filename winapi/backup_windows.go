package winapi

// EnableBackup switches on the privileges with which this program reads and writes files
// whatever their permissions. Without administrator rights nothing changes.
func EnableBackup() {
	for _, p := range []string{"SeBackupPrivilege", "SeRestorePrivilege"} {
		_ = enable(p) // what is denied without it is an error where it is needed
	}
}
