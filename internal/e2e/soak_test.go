//go:build unix

package e2e

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// reading is what a program held at one moment.
type reading struct {
	goroutines int
	memory     float64 // anonymous, MiB
}

// TestSoak holds a two-person call for FOYER_SOAK (40 s where it is not set),
// and watches goroutines and memory of everyone in it.
func TestSoak(t *testing.T) {
	length := 40 * time.Second
	if s := os.Getenv("FOYER_SOAK"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil || length < 20*time.Second {
			t.Fatalf("FOYER_SOAK=%s is not a time of at least 20s: %v", s, err)
		}
	}
	h := serve(t)
	ann := join(t, h.link(t, "host"), "Ann", "--camera", "test", "--microphone", "test", "--speaker", "none")
	bob := join(t, h.link(t, "guest"), "Bob", "--camera", "test", "--microphone", "test", "--speaker", "none")
	for _, c := range [][2]*person{{ann, bob}, {bob, ann}} {
		c[0].awaitCard(0, c[1].identity, "camera", 10)
	}

	// One reading with each of Ann's statistics, which come once a second.
	var names = []string{"Ann", "Bob", "the server"}
	readings := make([][]reading, len(names))
	ctx := within(t, length+30*time.Second)
	for start := time.Now(); time.Since(start) < length; {
		for i, p := range []*person{ann, bob} {
			l, _, err := p.Lines.Wait(ctx, p.Lines.Len(), isStats)
			if err != nil {
				t.Fatalf("%s falls silent: %v", p.name, err)
			}
			_, anonymous, err := p.Memory()
			if err != nil {
				t.Fatal(err)
			}
			readings[i] = append(readings[i], reading{hear(l).Process.Goroutines, float64(anonymous) / (1 << 20)})
		}
		_, anonymous, err := h.Memory()
		if err != nil {
			t.Fatal(err)
		}
		readings[2] = append(readings[2], reading{0, float64(anonymous) / (1 << 20)})
	}

	for i, name := range names {
		// The first half is warming up: pools fill, the collector finds its pace.
		r := readings[i]
		half := r[len(r)/2:]
		before, after := half[:max(1, len(half)/3)], half[len(half)-max(1, len(half)/3):]
		g0, m0 := middle(before)
		g1, m1 := middle(after)
		fmt.Printf("figure: soak-%d-%s %v: goroutines %d to %d, memory %.1f to %.1f MiB\n", len(r), name, length, g0, g1, m0, m1)
		if g1 > g0+4 {
			t.Errorf("%s: goroutines grow from %d to %d", name, g0, g1)
		}
		if i < 2 && g1 == 0 {
			t.Errorf("%s tells no goroutines", name)
		}
		if m1 > m0+12 {
			t.Errorf("%s: memory grows from %.1f to %.1f MiB", name, m0, m1)
		}
	}
	ann.leave()
	bob.leave()
}

// middle is the median of both.
func middle(r []reading) (goroutines int, memory float64) {
	g := slices.SortedFunc(slices.Values(r), func(a, b reading) int { return a.goroutines - b.goroutines })
	m := slices.SortedFunc(slices.Values(r), func(a, b reading) int { return int(1000 * (a.memory - b.memory)) })
	return g[len(g)/2].goroutines, m[len(m)/2].memory
}
