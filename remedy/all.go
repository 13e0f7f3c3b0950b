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
	{"reset-update-cache", resetUpdateCache},
	{"reset-catroot2", resetCatroot2},
	{"setupconfig-rename", setupConfigRename},
	{"hosts-line-out", hostsLineOut},
	{"service-start-type", serviceStartType},
	{"av-disable-leftover-driver", disableLeftoverDriver},
	{"policy-value-out", policyValueOut},
	{"pause-end", pauseEnd},
	{"remove-registry-limit", removeRegistryLimit},
	{"esp-reserve-less", espReserveLess},
	{"esp-set-type", espSetType},
	{"esp-free-room", espFreeRoom},
	{"clear-pending-state", clearPendingState},
}
