package cbs

import "bytes"

// wantCBS reports whether the text of an Info line of component CBS begins
// like one that says something about a session, a failure or the store. It is
// asked for every line of a log and must stay this cheap.
func wantCBS(t []byte) bool {
	if len(t) == 0 {
		return false
	}
	switch t[0] {
	case 'B':
		return has(t, "BFSVC")
	case 'C':
		return has(t, "Checking") || has(t, "CheckSur") || has(t, "Clearing") || has(t, "CBS has ")
	case 'D':
		return has(t, "Disk spa") || has(t, "Doqe: Fa") || has(t, "Doqe: Re") || has(t, "Doqi: Fa")
	case 'E':
		return has(t, "Exec: Pr") || has(t, "Exec: Se")
	case 'F':
		return has(t, "Failure ")
	case 'I':
		return has(t, "Insuffic") || has(t, "INSTALL ")
	case 'L':
		return has(t, "Loaded S") || has(t, "Last Suc")
	case 'M':
		return has(t, "Maint: p")
	case 'N':
		return has(t, "Not enou")
	case 'O':
		return has(t, "Operatio")
	case 'P':
		return has(t, "Package ") || has(t, "Plan: Pa")
	case 'R':
		return has(t, "Reboot m") || has(t, "Retrieve") || has(t, "Reportin") || has(t, "Repair f")
	case 'S':
		return wantS(t)
	case 'T':
		return has(t, "Total De") || has(t, "Total Re") || has(t, "Total Op") || has(t, "TI: CBS ")
	case 'W':
		return has(t, "WU creat") || has(t, "WinRE") || has(t, "Windows R")
	case '\t', '(':
		return true
	}
	return false
}

func wantS(t []byte) bool {
	return has(t, "Session:") || has(t, "Starting TrustedInstaller") || has(t, "Setting ") || has(t, "Startup:") || has(t, "Summary:") ||
		has(t, "SpaceChe") || has(t, "Servicin") || has(t, "Staged P") || has(t, "Store co")
}

// wantCSI is the same for component CSI; line is the whole line, of at least
// textColumn+8 bytes.
func wantCSI(line []byte) bool {
	if len(line) < csiTextColumn+8 {
		return false
	}
	t := line[csiTextColumn:]
	if line[csiTextColumn-1] == '@' {
		t = afterSpace(t)
	}
	if len(t) < 8 {
		return false
	}
	switch t[0] {
	case '[':
		return has(t, "[SR] ") && !has(t[5:], "Ver") && !has(t[5:], "Beg")
	case '(':
		return has(t, "(F) ")
	case 'F':
		return has(t, "Failed e") || has(t, "Failed t")
	case 'B':
		return has(t, "BFSVC")
	case 'P':
		return has(t, "Pending ")
	case 'A':
		return has(t, "A pendin")
	case 'S':
		return has(t, "SpaceChe") || has(t, "Servicin")
	}
	return false
}

// firstCBS and firstCSI hold the first characters of what wantCBS and wantCSI
// answer with true for: a line that begins otherwise needs no call.
var (
	firstCBS = bytesOf("BCDEFILMNOPRSTW\t(")
	firstCSI = bytesOf("[(FPABS")
)

func bytesOf(s string) (set [256]bool) {
	for _, c := range []byte(s) {
		set[c] = true
	}
	return set
}

// afterSpace passes the UTC time that CSI writes behind its number at times.
func afterSpace(t []byte) []byte {
	i := bytes.IndexByte(t[:min(len(t), 32)], ' ')
	return t[i+1:]
}

// has reports whether t begins with s. It is small enough to be inlined.
func has(t []byte, s string) bool {
	return len(t) >= len(s) && string(t[:len(s)]) == s
}
