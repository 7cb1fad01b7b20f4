//go:build unix

package usage

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// clockTick is the kernel's USER_HZ, which /proc counts processor time in.
const clockTick = 100

// Rasterisers are the beginnings of the names of the threads that draw for a
// GPU that is not there: Mesa's.
var Rasterisers = []string{"llvmpipe-", "swrast", "softpipe"}

// Tree is the processor time of a process and its descendants up to one moment.
type Tree struct {
	at        time.Time
	processes map[int]float64    // seconds, by process
	threads   map[[2]int]float64 // seconds of rasteriser threads, by process and thread
}

// Snap reads the tree under a process.
func Snap(pid int) (Tree, error) {
	t := Tree{at: time.Now(), processes: map[int]float64{}, threads: map[[2]int]float64{}}
	pids, err := descendants(pid)
	if err != nil {
		return t, err
	}
	for _, p := range pids {
		proc, err := procfs.NewProc(p)
		if err != nil {
			continue // it has just ended
		}
		stat, err := proc.Stat()
		if err != nil {
			continue
		}
		t.processes[p] = float64(stat.UTime+stat.STime) / clockTick
		threads, err := procfs.AllThreads(p)
		if err != nil {
			continue
		}
		for _, thread := range threads {
			stat, err := thread.Stat()
			if err == nil && rasteriser(stat.Comm) {
				t.threads[[2]int{p, thread.PID}] = float64(stat.UTime+stat.STime) / clockTick
			}
		}
	}
	if len(t.processes) == 0 {
		return t, fmt.Errorf("measure process %d: it is gone", pid)
	}
	return t, nil
}

func rasteriser(name string) bool {
	for _, r := range Rasterisers {
		if strings.HasPrefix(name, r) {
			return true
		}
	}
	return false
}

// Cores is the processor time between two moments, in cores: of all, and of the
// software rasteriser's threads alone. What a process used that ended in between
// is lost.
func (t Tree) Cores(before Tree) (all, raster float64) {
	span := t.at.Sub(before.at).Seconds()
	if span <= 0 {
		return 0, 0
	}
	for pid, used := range t.processes {
		all += used - before.processes[pid]
	}
	for id, used := range t.threads {
		raster += used - before.threads[id]
	}
	return all / span, raster / span
}

// PSS is the proportional set size of a process and its descendants, in bytes:
// memory that processes share is divided among them.
func PSS(pid int) (uint64, error) {
	pids, err := descendants(pid)
	if err != nil {
		return 0, err
	}
	var sum uint64
	for _, p := range pids {
		proc, err := procfs.NewProc(p)
		if err != nil {
			continue
		}
		m, err := proc.ProcSMapsRollup()
		if err != nil {
			continue
		}
		sum += m.Pss
	}
	if sum == 0 {
		return 0, fmt.Errorf("measure the memory of process %d: nothing can be read", pid)
	}
	return sum, nil
}

// descendants are a process and all that it started, directly or not.
func descendants(pid int) ([]int, error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := map[int][]int{}
	for _, p := range all {
		stat, err := p.Stat()
		if err == nil {
			children[stat.PPID] = append(children[stat.PPID], p.PID)
		}
	}
	tree := []int{pid}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, children[tree[i]]...)
	}
	return tree, nil
}
