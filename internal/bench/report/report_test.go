package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	v := []float64{3, math.NaN(), 1, 2, 4}
	if m := Median(v); m != 2.5 {
		t.Errorf("median %g", m)
	}
	if p := Quantile(v, 0.95); p != 4 {
		t.Errorf("95 %%: %g", p)
	}
	if m := Median(nil); !math.IsNaN(m) {
		t.Errorf("median of nothing is %g", m)
	}
}

// What was not measured is null, and not met.
func TestTargets(t *testing.T) {
	targets := []Target{
		AtMost("a", 0.5, "x", 0.6), AtMost("b", 0.7, "x", 0.6), AtLeast("c", 0.99, "", 0.98),
		AtMost("d", math.NaN(), "x", 1).But("no browser"),
	}
	path := filepath.Join(t.TempDir(), "new", "r.json")
	if err := Write(path, map[string]any{"targets": targets}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back struct{ Targets []Target }
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	for i, met := range []bool{true, false, true, false} {
		if g := back.Targets[i]; g.Met != met || (g.Value == nil) != (i == 3) {
			t.Errorf("%s: %+v", g.Name, g)
		}
	}
	var out bytes.Buffer
	if err := PrintTargets(&out, targets); err != nil || !strings.Contains(out.String(), "not measured") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestPlot(t *testing.T) {
	var out bytes.Buffer
	Plot(&out, "Cores", []int{1, 4, 25}, "FB", []string{"Foyer", "browser"}, [][]float64{{0.2, 0.4, 1.2}, {math.NaN(), math.NaN(), math.NaN()}})
	if s := out.String(); !strings.Contains(s, "Cores, from 1 to 25") || strings.Count(s, "F") < 10 {
		t.Errorf("plot:\n%s", s)
	}
	out.Reset()
	Plot(&out, "Cores", []int{1}, "F", []string{"Foyer"}, [][]float64{{1}})
	if out.Len() > 0 {
		t.Errorf("one point makes a plot:\n%s", out.String())
	}
}
