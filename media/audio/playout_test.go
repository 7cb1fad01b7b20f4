package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// sent is one packet on its way, in simulated time.
type sent struct {
	at  time.Duration
	p   *rtp.Packet
	red bool
}

// play renders a voice in simulated time while packets arrive, and hands each block
// to heard.
func play(v *Voice, m *Mixer, queue []sent, end time.Duration, heard func(at time.Duration, block []float32)) {
	slices.SortStableFunc(queue, func(a, b sent) int { return int(a.at - b.at) })
	var block [2 * BlockSamples]float32
	for now := time.Duration(0); now < end; now += 10 * time.Millisecond {
		for len(queue) > 0 && queue[0].at <= now {
			v.put(queue[0].p, queue[0].red)
			queue = queue[1:]
		}
		m.Render(block[:])
		if heard != nil {
			heard(now, block[:])
		}
	}
}

// stream numbers packets of so many samples each.
func stream(list [][]byte, samples int, seq uint16, ts, ssrc uint32) []sent {
	var out []sent
	for i, p := range list {
		out = append(out, sent{at: time.Duration(i*samples) * time.Second / SampleRate, p: &rtp.Packet{Header: rtp.Header{
			SequenceNumber: seq + uint16(i), Timestamp: ts + uint32(i*samples), SSRC: ssrc}, Payload: p}})
	}
	return out
}

func newTestVoice(tb testing.TB, channels int) (*Mixer, *Voice) {
	tb.Helper()
	m := NewMixer()
	v, err := m.Add(channels)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(v.Close)
	return m, v
}

// Whatever the network does, no packet is heard twice or before an older one, and
// none is kept for long.
func TestPacketsAreHeardOnceInOrder(t *testing.T) {
	voice := speech(4, 1)
	lists := map[int][][]byte{}
	for _, n := range []int{480, 960, 1920, 2880} {
		lists[n] = encode(t, voice, n)
	}
	sizes := []int{480, 960, 1920, 2880}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		n := sizes[r.IntN(len(sizes))]
		list := lists[n]
		seq, ts := uint16(r.Uint32()), r.Uint32()
		if seed%3 == 0 {
			seq, ts = 65530, math.MaxUint32-uint32(r.IntN(20*n))
		}
		queue := stream(list, n, seq, ts, 1)
		if seed%2 == 0 { // another stream follows
			more := stream(list, n, uint16(r.Uint32()), r.Uint32(), 2)
			for i := range more {
				more[i].at += 4 * time.Second
			}
			queue = append(queue, more...)
		}
		if seed%5 == 0 { // all comes as redundancy
			w := NewREDWriter(111, 2)
			for i := range queue {
				c := *queue[i].p
				c.Payload = w.Append(nil, c.Timestamp, c.Payload)
				queue[i].p, queue[i].red = &c, true
			}
		}
		jitter, loss, twice := time.Duration(r.IntN(400))*time.Millisecond, 0.3*r.Float64(), 0.2*r.Float64()
		var arrive []sent
		for _, s := range queue {
			if r.Float64() < loss {
				continue
			}
			at := s.at
			s.at = at + time.Duration(r.Float64()*float64(jitter))
			arrive = append(arrive, s)
			if r.Float64() < twice {
				s.at = at + time.Duration(r.Float64()*float64(3*jitter))
				arrive = append(arrive, s)
			}
		}
		m, v := newTestVoice(t, 1)
		last, heard := map[uint32]int64{}, 0
		v.decoded = func(ssrc uint32, seq int64) {
			if was, ok := last[ssrc]; ok && seq <= was {
				t.Fatalf("seed %d: packet %d of stream %d is heard after %d", seed, seq, ssrc, was)
			}
			if last[ssrc] = seq; ssrc == 1 && last[2] != 0 {
				t.Fatalf("seed %d: the old stream is heard after the new one", seed)
			}
			heard++
		}
		longest := time.Duration(0)
		end := arrive[len(arrive)-1].at + time.Second
		play(v, m, arrive, end, func(at time.Duration, _ []float32) { longest = max(longest, v.Stats().CurrentDelay) })
		if longest > time.Second+jitter {
			t.Errorf("seed %d: %v in the buffer at %v of jitter", seed, longest, jitter)
		}
		if heard < len(list)/4 {
			t.Errorf("seed %d: %d packets of %d are heard at %.0f %% loss and %v of jitter", seed, heard, len(list), 100*loss, jitter)
		}
		s := v.Stats()
		if s.ConcealedSamples > s.TotalSamplesReceived || s.SilentConcealedSamples > s.ConcealedSamples || s.FECPacketsDiscarded > s.FECPacketsReceived {
			t.Errorf("seed %d: %+v", seed, s)
		}
	}
}

// jump is the largest step between two samples that follow each other.
func jump(x []float32) float64 {
	most := 0.0
	for i := 1; i < len(x); i++ {
		most = max(most, math.Abs(float64(x[i]-x[i-1])))
	}
	return most
}

// After half a second in which nothing came, all that was said is heard, without
// clicks, and the delay is small again within seconds.
func TestAStallLosesNoWords(t *testing.T) {
	said := speech(14, 4)
	list := encode(t, said, packetSamples)
	queue := stream(list, packetSamples, 100, 5000, 7)
	for i := range queue {
		if at := queue[i].at; at > 4*time.Second && at < 4500*time.Millisecond {
			queue[i].at = 4500 * time.Millisecond
		}
	}
	m, v := newTestVoice(t, 1)
	decoded := 0
	v.decoded = func(uint32, int64) { decoded++ }
	var heard []float32
	small := time.Duration(0)
	play(v, m, queue, 14*time.Second, func(at time.Duration, block []float32) {
		for i := 0; i < len(block); i += 2 {
			heard = append(heard, block[i])
		}
		if d := v.Stats().CurrentDelay; at > 4500*time.Millisecond && d > 100*time.Millisecond {
			small = at
		}
	})
	s := v.Stats()
	if decoded < len(list)-5 {
		t.Errorf("%d packets of %d are heard", decoded, len(list))
	}
	if after := small - 4500*time.Millisecond; after > 4*time.Second {
		t.Errorf("the delay is above 100 ms for %v after the stall", after)
	}
	if limit := 1.5 * jump(said); jump(heard) > limit {
		t.Errorf("a step of %.2f, want %.2f at most", jump(heard), limit)
	}
	t.Logf("delay small after %v; %+v", small-4500*time.Millisecond, s)
}

// A pause in which the sender sends nothing is no loss, and leaves no delay behind.
func TestPausesAreNoLoss(t *testing.T) {
	list := encode(t, speech(12, 5), packetSamples)
	queue := stream(list, packetSamples, 1, 1, 7)
	// The timestamps go on over each pause, the sequence numbers do not.
	var out []sent
	seq := uint16(65500)
	for i, s := range queue {
		if i > 100 && i < 500 && i%100 > 40 {
			if i%100 == 41 { // the last one before a pause says so (RFC 7587, 3.1.3)
				s.p.Payload = s.p.Payload[:1]
			} else {
				continue
			}
		}
		s.p.SequenceNumber = seq
		seq++
		out = append(out, s)
	}
	m, v := newTestVoice(t, 1)
	play(v, m, out, 12*time.Second, nil)
	s := v.Stats()
	if s.ConcealedSamples > 2*packetSamples || s.PacketsLost != 0 || s.CurrentDelay > 100*time.Millisecond {
		t.Errorf("%+v", s)
	}
}

// With nothing lost and nothing late, what is heard is what was said.
func TestQuietLineChangesNothing(t *testing.T) {
	for _, channels := range []int{1, 2} {
		said := speech(5, 6)
		list := encode(t, said, packetSamples)
		m, v := newTestVoice(t, channels)
		var heard []float32
		play(v, m, stream(list, packetSamples, 1, 1, 7), 5*time.Second, func(_ time.Duration, block []float32) {
			for i := 0; i < len(block); i += 2 {
				heard = append(heard, block[i])
			}
		})
		s := v.Stats()
		if s.ConcealedSamples != 0 || s.TargetDelay > 10*time.Millisecond || s.CurrentDelay > 50*time.Millisecond {
			t.Errorf("%d channels: %+v", channels, s)
		}
		if limit := 1.3 * jump(said); jump(heard) > limit {
			t.Errorf("%d channels: a step of %.3f, want %.3f at most", channels, jump(heard), limit)
		}
	}
}

// Two hours with a sender whose clock is 100 ppm off either way.
func TestTwoHoursOfDrift(t *testing.T) {
	hours := 2 * time.Hour
	if testing.Short() {
		hours = 10 * time.Minute
	}
	list := encode(t, speech(20, 7), packetSamples)
	for _, ppm := range []float64{-100, 100} {
		t.Run(fmt.Sprint(ppm), func(t *testing.T) {
			m, v := newTestVoice(t, 1)
			var block [2 * BlockSamples]float32
			p := &rtp.Packet{Header: rtp.Header{SSRC: 3}}
			next, n := time.Duration(0), 0
			var quarters [8]time.Duration
			for now := time.Duration(0); now < hours; now += 10 * time.Millisecond {
				for next <= now {
					p.SequenceNumber, p.Timestamp, p.Payload = uint16(n), uint32(n*packetSamples), list[n%len(list)]
					v.Push(p)
					n++
					next = time.Duration(float64(n) * 20e6 * (1 + ppm/1e6))
				}
				m.Render(block[:])
				q := int(8 * now / hours)
				quarters[q] = max(quarters[q], v.Stats().CurrentDelay)
			}
			s := v.Stats()
			for i, d := range quarters[1:] {
				if d > 70*time.Millisecond {
					t.Errorf("%v held back in part %d of 8", d, i+2)
				}
			}
			if share := float64(s.ConcealedSamples) / float64(s.TotalSamplesReceived); share > 0.0005 {
				t.Errorf("%.3f %% concealed", 100*share)
			}
			drift := int64(s.RemovedSamplesForAcceleration) - int64(s.InsertedSamplesForDeceleration)
			t.Logf("%d samples more removed than inserted, %d of drift, %d concealed, mean delay %.1f ms, at most %v", drift,
				int64(-ppm*hours.Seconds()*SampleRate/1e6), s.ConcealedSamples,
				1000*s.JitterBufferDelay.Seconds()/float64(s.JitterBufferEmittedCount), quarters)
		})
	}
}

// fiftyVoices makes voices that all speak. step is 20 ms of them, where lost says
// of the nth packet of each whether it comes.
func fiftyVoices(tb testing.TB, length float64, lost func(r *rand.Rand, n, voice int) bool) (step func()) {
	tb.Helper()
	list := encode(tb, speech(length, 8), packetSamples)
	m := NewMixer()
	var voices []*Voice
	for range 50 {
		v, err := m.Add(1)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(v.Close)
		voices = append(voices, v)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var block [2 * BlockSamples]float32
	n, pkt := 0, &rtp.Packet{}
	return func() {
		for i, v := range voices {
			if lost(r, n, i) {
				continue
			}
			pkt.SequenceNumber, pkt.Timestamp, pkt.Payload = uint16(n), uint32(n*packetSamples), list[n%len(list)]
			v.Push(pkt)
		}
		n++
		m.Render(block[:])
		m.Render(block[:])
	}
}

func TestFiftyVoicesOverALossyLineAllocateNothing(t *testing.T) {
	step := fiftyVoices(t, 3, func(r *rand.Rand, n, voice int) bool {
		return r.Float64() < 0.1 || n%50 > 40 && voice%2 == 0 // and bursts late
	})
	if a := testing.AllocsPerRun(400, step); a > 0 {
		t.Errorf("%.1f allocations in 20 ms of 50 voices, want none", a)
	}
}

// BenchmarkFiftyVoices mixes 50 voices that all speak, over a line that loses some:
// x is how much faster than real time.
func BenchmarkFiftyVoices(b *testing.B) {
	step := fiftyVoices(b, 20, func(r *rand.Rand, _, _ int) bool { return r.Float64() < 0.02 })
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(20e-3*float64(b.N)/b.Elapsed().Seconds(), "x")
}
