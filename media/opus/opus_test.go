package opus

import (
	"errors"
	"math"
	"testing"
)

const packet = SampleRate / 50

// level is the amplitude of a tone in one channel of interleaved x.
func level(x []float32, channels, channel int, hz float64) float64 {
	re, im, n := 0.0, 0.0, len(x)/channels
	for i := range n {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / SampleRate)
		re += float64(x[i*channels+channel]) * c
		im += float64(x[i*channels+channel]) * s
	}
	return 2 * math.Hypot(re, im) / float64(n)
}

func TestTonesComeThrough(t *testing.T) {
	for channels := 1; channels <= 2; channels++ {
		e, err := NewEncoder(channels, Audio)
		if err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{"rate": e.SetBitRate(128_000), "complexity": e.SetComplexity(7), "DTX": e.SetDTX(false),
			"FEC": e.SetFEC(true), "loss": e.SetExpectedLoss(5)} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		d, err := NewDecoder(channels)
		if err != nil {
			t.Fatal(err)
		}
		var heard []float32
		in, out, b := make([]float32, channels*packet), make([]float32, channels*packet), make([]byte, 1275)
		for i := range 50 {
			for j := range packet {
				at := float64(i*packet+j) / SampleRate
				for c := range channels {
					in[j*channels+c] = float32(0.5 * math.Sin(2*math.Pi*440*float64(1+c)*at))
				}
			}
			n, err := e.Encode(in, b)
			if err != nil {
				t.Fatal(err)
			}
			if i == 25 { // lost
				if err := d.Conceal(out); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if n, err = d.Decode(b[:n], out); err != nil || n != packet {
				t.Fatalf("decoded %d samples, want %d: %v", n, packet, err)
			}
			if i > 30 {
				heard = append(heard, out...)
			}
		}
		for c := range channels {
			own, other := level(heard, channels, c, 440*float64(1+c)), level(heard, channels, c, 440*float64(2-c))
			if math.Abs(own-0.5) > 0.02 || other > 0.02 {
				t.Errorf("channel %d of %d: its tone of 0.5 is %.3f, the other's is %.3f", c, channels, own, other)
			}
		}
	}
}

func TestWrongUse(t *testing.T) {
	if _, err := NewEncoder(3, VoIP); !errors.Is(err, ErrBadArg) {
		t.Errorf("an encoder of 3 channels: %v", err)
	}
	if _, err := NewDecoder(0); !errors.Is(err, ErrBadArg) {
		t.Errorf("a decoder of 0 channels: %v", err)
	}
	e, err := NewEncoder(2, VoIP)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 3, 2 * 100} { // nothing, half a sample, no length that a packet has
		if _, err := e.Encode(make([]float32, n), make([]byte, 100)); !errors.Is(err, ErrBadArg) {
			t.Errorf("encode %d numbers: %v", n, err)
		}
	}
	if err := e.SetComplexity(11); !errors.Is(err, ErrBadArg) {
		t.Errorf("complexity 11: %v", err)
	}
	d, err := NewDecoder(1)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]float32, packet)
	if _, err := d.Decode(nil, pcm); !errors.Is(err, ErrInvalidPacket) {
		t.Errorf("an empty packet: %v", err)
	}
	if _, err := d.Decode([]byte{0xff, 0xff}, pcm); !errors.Is(err, ErrInvalidPacket) {
		t.Errorf("a broken packet: %v", err)
	}
	if _, err := d.Decode([]byte{0}, nil); !errors.Is(err, ErrBadArg) {
		t.Errorf("no room: %v", err)
	}
}
