package playout

import (
	"math"
	"math/rand/v2"
	"time"
)

// Network is one kind of line. Delays are over the quickest packet's; packets do not
// overtake each other.
type Network struct {
	Name   string
	Jitter time.Duration // mean of the exponential part of the delay
	// Holds are moments in which nothing gets through: how far apart they are, and how
	// long they last, on average (exponential), as when a radio scans or hands over.
	HoldEvery, HoldFor time.Duration
	Loss               float64 // share of packets
	Burst              float64 // packets lost in a row, on average; 0 or 1: independently (Gilbert)
	Drift              float64 // ppm that the sender's clock is slow
}

// Networks are what jitter buffers are measured on.
var Networks = []Network{
	{Name: "LAN", Jitter: 300 * time.Microsecond},
	{Name: "Wi-Fi", Jitter: 4 * time.Millisecond, HoldEvery: 3 * time.Second, HoldFor: 25 * time.Millisecond, Loss: 0.003},
	{Name: "mobile", Jitter: 12 * time.Millisecond, HoldEvery: 4 * time.Second, HoldFor: 60 * time.Millisecond, Loss: 0.01, Burst: 2},
	{Name: "2 % random", Jitter: 3 * time.Millisecond, Loss: 0.02},
	{Name: "5 % random", Jitter: 3 * time.Millisecond, Loss: 0.05},
	{Name: "10 % random", Jitter: 3 * time.Millisecond, Loss: 0.10},
	{Name: "20 % random", Jitter: 3 * time.Millisecond, Loss: 0.20},
	{Name: "2 % bursty", Jitter: 3 * time.Millisecond, Loss: 0.02, Burst: 3},
	{Name: "5 % bursty", Jitter: 3 * time.Millisecond, Loss: 0.05, Burst: 3},
	{Name: "10 % bursty", Jitter: 3 * time.Millisecond, Loss: 0.10, Burst: 3},
	{Name: "20 % bursty", Jitter: 3 * time.Millisecond, Loss: 0.20, Burst: 3},
	{Name: "drift +100 ppm", Jitter: 300 * time.Microsecond, Drift: 100},
	{Name: "drift -100 ppm", Jitter: 300 * time.Microsecond, Drift: -100},
}

// Lost is the arrival of a packet that does not arrive.
const Lost = time.Duration(-1)

// Trace is when each of n packets arrives that are sent each so often, on the
// receiver's clock. The same seed makes the same trace.
func (n Network) Trace(packets int, each time.Duration, seed uint64) []time.Duration {
	r := rand.New(rand.NewPCG(seed, 17))
	out := make([]time.Duration, packets)
	var before, holdAt, holdEnd time.Duration
	phase := time.Duration(r.Float64() * float64(10*time.Millisecond)) // against the speaker's blocks
	next := func() time.Duration { return time.Duration(r.ExpFloat64() * float64(n.HoldEvery)) }
	if holdAt = math.MaxInt64; n.HoldEvery > 0 {
		holdAt = next()
	}
	losing := false
	for i := range out {
		sent := phase + time.Duration(float64(i)*float64(each)*(1+n.Drift/1e6))
		for n.HoldEvery > 0 && sent >= holdAt {
			holdEnd = max(holdEnd, holdAt+time.Duration(r.ExpFloat64()*float64(n.HoldFor)))
			holdAt += next()
		}
		at := max(sent+time.Duration(r.ExpFloat64()*float64(n.Jitter)), before, holdEnd)
		before = at
		switch {
		case n.Burst <= 1:
			losing = r.Float64() < n.Loss
		case losing:
			losing = r.Float64() >= 1/n.Burst
		default:
			losing = r.Float64() < n.Loss/(n.Burst*(1-n.Loss))
		}
		if out[i] = at; losing {
			out[i] = Lost
		}
	}
	return out
}
