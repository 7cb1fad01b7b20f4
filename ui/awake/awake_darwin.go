package awake

import (
	"context"
	"os"
	"os/exec"
	"strconv"
)

// hold runs caffeinate until ctx ends, or this process does. Untested.
func hold(ctx context.Context, _ string) {
	_ = exec.CommandContext(ctx, "caffeinate", "-d", "-w", strconv.Itoa(os.Getpid())).Run()
}
