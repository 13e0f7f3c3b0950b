package winapi

// acting registers the calls that change something.
func acting(r real) {
	on(r, SetValue, setValueCall)
	on(r, DeleteValue, deleteValueCall)
	on(r, DeleteKey, deleteKeyCall)
	on(r, StartService, startServiceCall)
	on(r, StopService, stopServiceCall)
	on(r, SetStart, setStartCall)
	on(r, MicrosoftSigned, signedCall)
	on(r, Dependents, dependentsCall)
	on(r, Run, runCall)
	on(r, Restart, restartCall)
	on(r, Resize, resizeCall)
	on(r, Create, createCall)
	on(r, Delete, deleteCall)
	on(r, SetType, setTypeCall)
	on(r, Format, formatCall)
	on(r, FileSystem, fileSystemCall)
	on(r, SuspendProtection, suspendCall)
	on(r, ResumeProtection, resumeCall)
	on(r, InstallUpdate, installCall)
	on(r, HideUpdate, hideCall)
	on(r, RegisterTask, registerTaskCall)
	on(r, DeleteTask, deleteTaskCall)
	on(r, SetFileSecurity, setFileSecurityCall)
}
