package hostile

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Memory is the resident memory of a process around a flood, in MB.
type Memory struct {
	Before, Peak, After int
	pid                 string
}

// WatchMemory begins to watch a process; 0 is this one. Linux only.
func WatchMemory(pid int) (*Memory, error) {
	m := &Memory{pid: "self"}
	if pid != 0 {
		m.pid = strconv.Itoa(pid)
	}
	m.settle()
	// The peak begins anew.
	if err := os.WriteFile("/proc/"+m.pid+"/clear_refs", []byte("5"), 0); err != nil {
		return nil, fmt.Errorf("watch memory: %w", err)
	}
	var err error
	m.Before, err = m.read("VmRSS:")
	return m, err
}

// settle gives our own free memory back to the system.
func (m *Memory) settle() {
	if m.pid == "self" {
		runtime.GC()
		debug.FreeOSMemory()
	}
}

// Stop reads the peak since WatchMemory, and what is left.
func (m *Memory) Stop() (err error) {
	if m.Peak, err = m.read("VmHWM:"); err != nil {
		return err
	}
	m.settle()
	m.After, err = m.read("VmRSS:")
	return err
}

// Growth is how far the peak was above the beginning, in MB.
func (m *Memory) Growth() int { return m.Peak - m.Before }

func (m *Memory) String() string {
	return fmt.Sprintf("%d MB before, %d MB at the peak, %d MB after", m.Before, m.Peak, m.After)
}

func (m *Memory) read(field string) (int, error) {
	b, err := os.ReadFile("/proc/" + m.pid + "/status")
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("read memory: there is no %s", field)
}
