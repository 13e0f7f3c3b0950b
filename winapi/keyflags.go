package winapi

// KEY_FLAGS_INFORMATION of NtQueryKey: three numbers, of which the second one says what kind
// of key it is. Source: System Informer's ntregapi.h (REG_FLAG_VOLATILE), Windows 7 and later;
// Microsoft documents the class without the structure (grade B).
const (
	keyFlagsInformation = 5
	keyFlagsSize        = 12
	keyFlagsKind        = 4
	kindVolatile        = 1
)

// volatileFlag tells whether an answer says that the key is gone when Windows starts again.
func volatileFlag(answer []byte) bool {
	f := fields{b: answer}
	return f.u32(keyFlagsKind)&kindVolatile != 0 && f.err() == nil
}
