// Command tool is the program that testkit puts in the place of one of Windows' own
// tools; package standin says what it does.
package main

import (
	"os"

	"updoc/testkit/standin"
)

func main() {
	exe, err := os.Executable()
	if err != nil {
		os.Exit(standin.BadRules)
	}
	os.Exit(standin.Run(exe, os.Args[1:]))
}
