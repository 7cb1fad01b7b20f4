package awake

import (
	"context"
	"runtime"
	"syscall"
)

// Flags of SetThreadExecutionState (winbase.h).
const (
	continuous      = 0x80000000
	systemRequired  = 0x1
	displayRequired = 0x2
)

// hold sets its thread's execution state until ctx ends. Untested.
func hold(ctx context.Context, _ string) {
	runtime.LockOSThread() // the state is the thread's
	defer runtime.UnlockOSThread()
	set := syscall.NewLazyDLL("kernel32.dll").NewProc("SetThreadExecutionState")
	if set.Find() != nil {
		return
	}
	_, _, _ = set.Call(continuous | systemRequired | displayRequired)
	<-ctx.Done()
	_, _, _ = set.Call(continuous)
}
