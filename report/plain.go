package report

import "strings"

// Plain puts ASCII in place of the punctuation that fonts of old consoles lack or draw
// wider than they count: MS Gothic with code page 932, raster fonts with 437. Kana and
// kanji stay.
func Plain(text string) string { return plainly.Replace(text) }

// plainly knows what texts of updoc and titles of updates hold.
var plainly = strings.NewReplacer(
	"→", "->", "←", "<-", "…", "...", "•", "-", "‑", "-", "–", "-", "—", "-", "−", "-", "×", "x", "≥", ">=", "≤", "<=",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "\u00a0", " ", "®", "(R)", "™", "(TM)", "©", "(C)",
)
