package table

// Codes of the problems a table can have.
const (
	// CodeUnreadable: a sector of the table gave an I/O error or lies past the end.
	CodeUnreadable = "table-unreadable"
	// CodePrimaryDamaged, CodeBackupDamaged: that GPT copy is missing or its checksums are wrong.
	CodePrimaryDamaged = "primary-gpt-damaged"
	CodeBackupDamaged  = "backup-gpt-damaged"
	// CodeBackupMisplaced: the backup copy is whole but not in the last sector, as after enlarging a disk.
	CodeBackupMisplaced = "backup-gpt-misplaced"
	// CodeCopiesDiffer: both copies are whole and describe different tables.
	CodeCopiesDiffer = "gpt-copies-differ"
	// CodeSectorSize: the GPT was written for sectors of another size than the device has.
	CodeSectorSize = "sector-size-mismatch"
	// CodeHybridMBR: beside the protective entry the MBR has others; Windows then reads the MBR.
	CodeHybridMBR = "hybrid-mbr"
	// CodeNoProtective: a GPT without protective MBR; Windows does not see such a table.
	CodeNoProtective = "protective-mbr-missing"
	// CodeGPTRemnant: an MBR disk on which a whole GPT header is left over.
	CodeGPTRemnant = "gpt-remnant"
	// CodeGPTEntries: the entry array declares nonsense and is not read.
	CodeGPTEntries = "gpt-entry-invalid"
	// CodeOverlap, CodeOutOfRange: partitions cross each other, or leave the disk or the usable range.
	CodeOverlap    = "partition-overlap"
	CodeOutOfRange = "partition-out-of-range"
	// CodeExtendedLoop, CodeExtendedDamaged: the chain of logical partitions turns back or breaks off.
	CodeExtendedLoop    = "extended-loop"
	CodeExtendedDamaged = "extended-damaged"
	// CodeDynamicDisk, CodeStorageSpaces: the disk is not laid out by its partition table alone.
	CodeDynamicDisk   = "dynamic-disk"
	CodeStorageSpaces = "storage-spaces"
)
