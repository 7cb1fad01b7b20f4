package playout

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestTracesAreAsDescribed(t *testing.T) {
	for i, n := range Networks {
		trace := n.Trace(30000, Each, uint64(i))
		if !slices.Equal(trace, n.Trace(30000, Each, uint64(i))) {
			t.Fatalf("%s: the same seed makes another trace", n.Name)
		}
		lost, before := 0, time.Duration(0)
		for _, at := range trace {
			if at == Lost {
				lost++
				continue
			}
			if at < before {
				t.Fatalf("%s: packets overtake each other", n.Name)
			}
			before = at
		}
		if share := float64(lost) / 30000; math.Abs(share-n.Loss) > 0.1*n.Loss+0.002 {
			t.Errorf("%s: %.1f %% are lost, want %.1f", n.Name, 100*share, 100*n.Loss)
		}
	}
}

func TestFixedBuffers(t *testing.T) {
	// Every tenth packet is 50 ms late, one is lost.
	var trace []time.Duration
	for i := range 100 {
		at := time.Duration(i) * Each
		if i%10 == 5 {
			at += 50 * time.Millisecond
		}
		trace = append(trace, at)
	}
	trace[42] = Lost
	if r := Fixed(trace, 40*time.Millisecond, 0); r.Concealed != 0.11 || r.Delay != 40*time.Millisecond {
		t.Errorf("%+v", r)
	}
	if r := Fixed(trace, 60*time.Millisecond, 0); r.Concealed != 0.01 {
		t.Errorf("%+v", r)
	}
	if r := Fixed(trace, 60*time.Millisecond, 1); r.Concealed != 0 {
		t.Errorf("%+v", r)
	}
	if r, ok := FixedAt(trace, 0.01, 0); !ok || r.Buffer != "fixed 50 ms" {
		t.Errorf("%+v, %v", r, ok)
	}
}

func TestFoyerPlaysALine(t *testing.T) {
	x := make([]float32, 10*48000)
	for i := range x {
		x[i] = float32(0.3 * math.Sin(2*math.Pi*440*float64(i)/48000) * math.Sin(2*math.Pi*2*float64(i)/48000))
	}
	packets, err := Encode(x, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Play(t.Context(), packets, Networks[0].Trace(1500, Each, 1), 0)
	if err != nil || r.Concealed > 0.001 || r.Delay > 40*time.Millisecond || r.Delay < 5*time.Millisecond {
		t.Errorf("%+v, %v", r, err)
	}
	// Half of the packets lost, and each comes with the next.
	trace := Networks[0].Trace(1500, Each, 1)
	for i := 100; i < len(trace); i += 2 {
		trace[i] = Lost
	}
	if r, err := Play(t.Context(), packets, trace, 1); err != nil || r.Concealed > 0.01 {
		t.Errorf("%+v, %v", r, err)
	}
}
