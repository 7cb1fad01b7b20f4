package report

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// Figure is a number that may be missing: NaN is null in JSON.
type Figure float64

// MarshalJSON implements json.Marshaler.
func (f Figure) MarshalJSON() ([]byte, error) {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return strconv.AppendFloat(nil, v, 'g', 6, 64), nil
	}
	return []byte("null"), nil
}

// Host is the machine that a benchmark ran on.
type Host struct {
	OS         string    `json:"os"`
	CPU        string    `json:"cpu"`
	Cores      int       `json:"cores"`
	MemoryGiB  float64   `json:"memoryGiB"`
	Go         string    `json:"go"`
	Browser    string    `json:"browser,omitempty"`
	Rasteriser string    `json:"rasteriser,omitempty"`
	LoadBefore []float64 `json:"loadBefore"` // averages over 1, 5 and 15 minutes
	LoadAfter  []float64 `json:"loadAfter"`
}

// ThisHost describes the machine, as far as it tells.
func ThisHost() Host {
	h := Host{OS: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version(), LoadBefore: Load()}
	if fs, err := procfs.NewDefaultFS(); err == nil {
		if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
			h.CPU = cpus[0].ModelName
		}
		if m, err := fs.Meminfo(); err == nil && m.MemTotal != nil {
			h.MemoryGiB = math.Round(float64(*m.MemTotal)/(1<<20)*10) / 10
		}
	}
	if b, err := os.ReadFile("/etc/os-release"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
				h.OS = strings.Trim(strings.TrimSpace(name), `"`) + ", " + h.OS
			}
		}
	}
	return h
}

// Load is the machine's load averages over 1, 5 and 15 minutes; nil where it does not tell.
func Load() []float64 {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return nil
	}
	l, err := fs.LoadAvg()
	if err != nil {
		return nil
	}
	return []float64{l.Load1, l.Load5, l.Load15}
}
