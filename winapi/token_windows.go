package winapi

import (
	"context"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// tokenCall asks OpenProcessToken, GetTokenInformation, CheckTokenMembership,
// ProcessIdToSessionId. CanAdmin: Administrators is among the groups, be it for
// denying only. Network: NETWORK is one of them (WinNetworkSid: "logs on across a network").
func tokenCall(context.Context, None) (TokenInfo, error) {
	token := windows.GetCurrentProcessToken()
	user, err := token.GetTokenUser()
	if err != nil {
		return TokenInfo{}, err
	}
	admins, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return TokenInfo{}, err
	}
	t := TokenInfo{User: user.User.Sid.String(), System: user.User.Sid.IsWellKnown(windows.WinLocalSystemSid)}
	network, err := windows.CreateWellKnownSid(windows.WinNetworkSid)
	if err != nil {
		return t, err
	}
	if t.Network, err = windows.Token(0).IsMember(network); err != nil {
		return t, err
	}
	member, err := windows.Token(0).IsMember(admins)
	if err != nil {
		return t, err
	}
	groups, err := token.GetTokenGroups()
	if err != nil {
		return t, err
	}
	t.Admin = member && token.IsElevated()
	t.CanAdmin = t.Admin || slices.ContainsFunc(groups.AllGroups(), func(g windows.SIDAndAttributes) bool {
		return g.Sid.Equals(admins)
	})
	runtime.KeepAlive(groups)
	return t, windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &t.Session)
}

// enable switches a privilege of this process on. Without the privilege nothing changes:
// AdjustTokenPrivileges then succeeds all the same, and what needs it is denied.
func enable(privilege string) error {
	name, err := windows.UTF16PtrFromString(privilege)
	if err != nil {
		return err
	}
	var p windows.Tokenprivileges
	p.PrivilegeCount = 1
	p.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if err := windows.LookupPrivilegeValue(nil, name, &p.Privileges[0].Luid); err != nil {
		return err
	}
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token); err != nil {
		return err
	}
	defer token.Close()
	return windows.AdjustTokenPrivileges(token, false, &p, uint32(unsafe.Sizeof(p)), nil, nil)
}
