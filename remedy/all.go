package remedy

// all is the ordered list of what can be carried out.
var all = []Remedy{
	resetUpdateCache,
	resetCatroot2,
	setupConfigRename,
	hostsLineOut,
	serviceStartType,
	disableLeftoverDriver,
	policyValueOut,
	pauseEnd,
	removeRegistryLimit,
	espReserveLess,
	espFreeRoom,
	espSetType,
	clearPendingState,
}
