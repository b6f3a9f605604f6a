// The one program of the node tests' images: it stands where a pause container and a workload stand, and waits to be ended.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	// As init of its namespace it would otherwise keep the processes that it inherits.
	signal.Ignore(syscall.SIGCHLD)
	<-ended
}
