package prefix

// Repeat fills dst from n on with what stands offset bytes before, which may be what it has just filled: "ab" at n-2 with
// offset 2 gives "ababab". offset is from 1 to n, n at most len(dst); another is a mistake of the caller.
func Repeat(dst []byte, n, offset int) {
	if offset >= len(dst)-n {
		copy(dst[n:], dst[n-offset:])
		return
	}
	for ; n < len(dst); n++ {
		dst[n] = dst[n-offset]
	}
}
