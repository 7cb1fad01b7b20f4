//go:build linux

package usage

import (
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// A busy child of a child counts, and so does its memory.
func TestTree(t *testing.T) {
	cmd := exec.Command("sh", "-c", "(while :; do :; done) & echo started; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		tree, _ := descendants(cmd.Process.Pid)
		_ = exec.Command("kill", "-9", strconv.Itoa(tree[len(tree)-1])).Run()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	before, err := Snap(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		after, err := Snap(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		all, raster := after.Cores(before)
		if all > 0 && raster == 0 && len(after.processes) >= 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a busy loop costs %g cores, %g in the rasteriser, in %d processes", all, raster, len(after.processes))
		}
	}
	if pss, err := PSS(cmd.Process.Pid); err != nil || pss < 50<<10 || pss > 1<<30 {
		t.Errorf("two shells take %d bytes: %v", pss, err)
	}
}
