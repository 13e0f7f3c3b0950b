package winapi

// calls are all that this program makes, by subject.
func calls() real {
	r := real{}
	console(r)
	looking(r)
	acting(r)
	return r
}
