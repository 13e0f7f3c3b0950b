package remedy

// all is the ordered list of what can be carried out.
var all = []Remedy{
	{"winre-enable", winreEnable},
	{"winre-rewrite-config", winreRewriteConfig},
	{"winre-clear-leftovers", winreClearLeftovers},
	{"winre-recompress", winreRecompress},
	{"winre-move-to-partition", winreMoveToPartition},
	{"winre-restore-image", winreRestoreImage},
	{"winre-use-gap", winreUseGap},
	{"winre-enlarge", winreEnlarge},
	{"winre-new-partition", winreNewPartition},
	{"winre-add-safe-os-update", winreAddSafeOSUpdate},
}
