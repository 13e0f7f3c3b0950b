// Command updoc finds out why a Windows PC fails to install updates, and repairs it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"updoc/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Run(ctx, os.Args[1:], cli.Standard()))
}
