package playout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pion/rtp"

	"foyer/media/audio"
	"foyer/media/opus"
)

// Each is what a packet holds.
const Each = 20 * time.Millisecond

// Encode makes packets of speech with in-band FEC for that much loss, 0 to 1.
func Encode(x []float32, loss float64) ([][]byte, error) {
	enc, err := opus.NewEncoder(1, opus.VoIP)
	if err != nil {
		return nil, fmt.Errorf("open Opus encoder: %w", err)
	}
	if err := errors.Join(enc.SetBitRate(28_000), enc.SetFEC(loss > 0), enc.SetExpectedLoss(int(100*loss+0.5))); err != nil {
		return nil, fmt.Errorf("set up Opus encoder: %w", err)
	}
	const samples = int(audio.SampleRate * Each / time.Second)
	var list [][]byte
	for ; len(x) >= samples; x = x[samples:] {
		b := make([]byte, 1275)
		n, err := enc.Encode(x[:samples], b)
		if err != nil {
			return nil, fmt.Errorf("encode Opus: %w", err)
		}
		list = append(list, b[:n])
	}
	return list, nil
}

// Result is how one trace was played.
type Result struct {
	Network   string        `json:"network"`
	Buffer    string        `json:"buffer"`
	Concealed float64       `json:"concealed"`        // share of what was played
	Delay     time.Duration `json:"delayNs"`          // in the buffer, mean
	Stretches float64       `json:"stretchesAMinute"` // pitch periods of 5 ms put in or left out
}

// Play plays packets that arrive as trace says through Foyer's jitter buffer. depth is
// how many earlier packets come with each (audio.REDWriter); packets repeat as often
// as the trace wants.
func Play(ctx context.Context, packets [][]byte, trace []time.Duration, depth int) (Result, error) {
	m := audio.NewMixer()
	v, err := m.Add(1)
	if err != nil {
		return Result{}, fmt.Errorf("play: %w", err)
	}
	defer v.Close()
	const samples = uint32(audio.SampleRate * Each / time.Second)
	w := audio.NewREDWriter(111, depth)
	var block [2 * audio.BlockSamples]float32
	pkt, red := &rtp.Packet{}, make([]byte, 0, 1500)
	// Packets do not overtake each other: they come in their order.
	next, now := 0, time.Duration(0)
	for next < len(trace) && ctx.Err() == nil {
		for ; next < len(trace) && (trace[next] == Lost || trace[next] <= now); next++ {
			pkt.SequenceNumber, pkt.Timestamp = uint16(next), uint32(next)*samples
			pkt.Payload = packets[next%len(packets)]
			if depth > 0 {
				red = w.Append(red[:0], pkt.Timestamp, pkt.Payload)
				pkt.Payload = red
			}
			switch {
			case trace[next] == Lost:
			case depth > 0:
				v.PushRED(pkt)
			default:
				v.Push(pkt)
			}
		}
		m.Render(block[:])
		now += 10 * time.Millisecond
	}
	s := v.Stats()
	r := Result{Buffer: "Foyer", Concealed: float64(s.ConcealedSamples) / float64(max(s.TotalSamplesReceived, 1)),
		Delay:     s.JitterBufferDelay / time.Duration(max(s.JitterBufferEmittedCount, 1)),
		Stretches: float64(s.RemovedSamplesForAcceleration+s.InsertedSamplesForDeceleration) / (0.005 * audio.SampleRate) / now.Minutes()}
	if depth > 0 {
		r.Buffer = fmt.Sprintf("Foyer, RED %d", depth)
	}
	return r, context.Cause(ctx)
}

// Fixed is how a buffer does that plays each packet a fixed time after the quickest
// one would have come. A lost packet is not concealed where it comes with the next
// one, by FEC or as redundancy, in time.
func Fixed(trace []time.Duration, delay time.Duration, depth int) Result {
	base := time.Duration(1<<63 - 1)
	for i, at := range trace {
		if at != Lost {
			base = min(base, at-time.Duration(i)*Each)
		}
	}
	var waited time.Duration
	concealed, came := 0, 0
	for i := range trace {
		due := base + delay + time.Duration(i)*Each
		in := func(j int) bool { return j < len(trace) && trace[j] != Lost && trace[j] <= due }
		if in(i) {
			came++
			waited += due - trace[i]
			continue
		}
		found := false
		for k := 1; k <= depth; k++ {
			found = found || in(i+k)
		}
		if !found {
			concealed++
		}
	}
	return Result{Buffer: fmt.Sprintf("fixed %d ms", delay.Milliseconds()), Concealed: float64(concealed) / float64(len(trace)),
		Delay: waited / time.Duration(max(came, 1))}
}

// FixedAt is the shortest fixed buffer, to 5 ms, that conceals no more than a share;
// ok is false where none up to a second does.
func FixedAt(trace []time.Duration, share float64, depth int) (r Result, ok bool) {
	const step = 5 * time.Millisecond
	for d := step; d <= time.Second; d += step {
		if r = Fixed(trace, d, depth); r.Concealed <= share {
			return r, true
		}
	}
	return r, false
}
