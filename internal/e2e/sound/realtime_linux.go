package sound

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// InRealTime calls f such that the programs it starts, the sound server among them,
// come before all else on the machine, where this user may do that: what is measured
// is their delay, and not who else is busy. It says whether they did.
func InRealTime(f func() error) (bool, error) {
	runtime.LockOSThread() // children inherit from the thread that starts them
	defer runtime.UnlockOSThread()
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return false, f()
	}
	if unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 5}, 0) != nil {
		return false, f()
	}
	defer func() { _ = unix.SchedSetAttr(0, before, 0) }()
	return true, f()
}
