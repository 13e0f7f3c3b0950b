package winapi

// looking registers the calls that look, and shadow copies, which looking needs.
func looking(r real) {
	on(r, System, systemCall)
	on(r, Token, tokenCall)
	on(r, RegistryKey, keyCall)
	on(r, Events, eventsCall)
	on(r, Channel, channelCall)
	on(r, Disks, disksCall)
	on(r, Volumes, volumesCall)
	on(r, Encryption, encryptionCall)
	on(r, Services, servicesCall)
	on(r, SecurityProducts, securityProductsCall)
	on(r, Filters, filtersCall)
	on(r, Defender, defenderCall)
	on(r, DiskHealth, diskHealthCall)
	on(r, UpdateHistory, historyCall)
	on(r, SearchUpdates, searchCall)
	on(r, AppControl, appControlCall)
	on(r, AgentBusy, agentBusyCall)
	on(r, Installers, installersCall)
	on(r, Power, powerCall)
	on(r, Clock, askClock)
	on(r, FileSecurity, fileSecurityCall)
	on(r, KeySecurity, keySecurityCall)
	on(r, ShadowCopy, shadowCall)
	on(r, DeleteShadow, deleteShadowCall)
}
