package export

// Quote lets tests see what a value becomes in a script.
func Quote(s string) string { return quote(s) }
