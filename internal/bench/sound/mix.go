//go:build unix

package sound

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/pion/rtp"

	"foyer/media/audio"
	"foyer/media/opus"
)

// MixResult is what it costs to hear many voices.
type MixResult struct {
	Voices      int     `json:"voices"`
	PerVoice    float64 `json:"perVoice"`    // processor time in microseconds for a second of one voice
	Ahead       float64 `json:"ahead"`       // times faster than real time, on one core
	Allocations float64 `json:"allocations"` // in a block of 10 ms
	Peak        float64 `json:"peak"`        // loudest sample, 1 is full scale
}

const (
	packetLength  = 20 * time.Millisecond
	packetSamples = audio.SampleRate / 50
)

// MeasureMix decodes and mixes voices that all speak at once, for seconds of
// simulated time. One of them is shared sound, each has its own place.
func MeasureMix(ctx context.Context, speech []float32, voices int, seconds float64) (MixResult, error) {
	r := MixResult{Voices: voices}
	encoder, err := opus.NewEncoder(1, opus.VoIP)
	if err != nil {
		return r, fmt.Errorf("open Opus encoder: %w", err)
	}
	var packets [][]byte
	for at := 0; at+packetSamples <= len(speech); at += packetSamples {
		out := make([]byte, 1000)
		n, err := encoder.Encode(speech[at:at+packetSamples], out)
		if err != nil {
			return r, fmt.Errorf("encode speech: %w", err)
		}
		packets = append(packets, out[:n])
	}
	if len(packets) == 0 {
		return r, fmt.Errorf("mix voices: no speech")
	}
	m := audio.NewMixer()
	m.Played()
	all := make([]*audio.Voice, voices)
	for i := range all {
		if all[i], err = m.Add(1 + i/(voices-1)); err != nil { // the last is stereo
			return r, err
		}
		defer all[i].Close()
		all[i].SetShared(i == voices-1)
		all[i].SetPlace(2*float64(i)/float64(voices) - 1)
	}
	var block [2 * audio.BlockSamples]float32
	var p rtp.Packet
	render := func() {
		m.Render(block[:])
		for _, x := range block {
			r.Peak = max(r.Peak, float64(x), -float64(x))
		}
	}
	n := 0
	step := func() {
		for i, v := range all {
			p.Header = rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n * packetSamples), SSRC: uint32(i + 1)}
			p.Payload = packets[(n+37*i)%len(packets)] // nobody says the same at once
			v.Push(&p)
		}
		n++
		render()
		render()
	}
	for range 50 {
		step()
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := processor()
	steps := int(seconds * float64(time.Second/packetLength))
	for range steps {
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		step()
	}
	spent := processor() - began
	runtime.ReadMemStats(&after)
	length := time.Duration(steps) * packetLength
	r.Ahead = float64(length) / float64(spent)
	r.PerVoice = float64(spent.Microseconds()) / length.Seconds() / float64(voices)
	r.Allocations = float64(after.Mallocs-before.Mallocs) / float64(2*steps)
	return r, nil
}

// processor is the processor time of this process.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
