package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// limitAll sends interleaved stereo through a limiter and cuts its delay off.
func limitAll(in []float32) []float32 {
	const block = 2 * BlockSamples
	l := newLimiter()
	in = append(append([]float32{}, in...), make([]float32, block+(block-len(in)%block)%block)...)
	out := make([]float32, len(in))
	for i := 0; i < len(in); i += block {
		l.process(out[i:i+block], in[i:i+block])
	}
	return out[2*limiterStep:]
}

func TestLimiterLeavesSoftSoundAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	in := make([]float32, 2*SampleRate)
	for i := range in {
		in[i] = (2*r.Float32() - 1) * limiterKnee
	}
	for i, x := range limitAll(in)[:len(in)] {
		if x != in[i] {
			t.Fatalf("sample %d went in as %v and came out as %v", i, in[i], x)
		}
	}
}

func TestLimiterNeverClips(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, loud := range []float32{0.8, 1, 2, 10, 50} {
		in := make([]float32, 4*SampleRate)
		for i := range in {
			if i/9600%2 == 0 || r.IntN(500) == 0 { // long noise, and single peaks
				in[i] = (2*r.Float32() - 1) * loud
			}
		}
		for i, x := range limitAll(in) {
			if x > limiterCeiling+1e-5 || x < -limiterCeiling-1e-5 {
				t.Fatalf("at %v: sample %d is %v", loud, i, x)
			}
		}
	}
}

// A loud tone stays a tone: the gain is steady while it lasts, and both sides get the same.
func TestLimiterDoesNotPump(t *testing.T) {
	tone := NewTone(200, 1)
	mono := make([]float32, SampleRate)
	tone.Fill(mono)
	in := make([]float32, 2*len(mono))
	for i, x := range mono {
		in[2*i], in[2*i+1] = 2*x, x
	}
	out := limitAll(in)[:len(in)]
	left, right := make([]float32, len(mono)), make([]float32, len(mono))
	for i := range mono {
		left[i], right[i] = out[2*i], out[2*i+1]
	}
	tail := left[len(left)/2:]
	level := ToneLevel(tail, 200)
	if level < 0.9 || level > limiterCeiling+0.001 {
		t.Errorf("a tone of 2 comes out at %.3f", level)
	}
	for _, hz := range []float64{400, 600, 1000} {
		if l := ToneLevel(tail, hz) / level; l > 0.01 {
			t.Errorf("%.2f %% of it at %v Hz", 100*l, hz)
		}
	}
	if r := ToneLevel(right[len(right)/2:], 200); math.Abs(r/level-0.5) > 0.001 {
		t.Errorf("the other side, half as loud, comes out at %.3f of it", r/level)
	}
}

// After a shout the rest comes back to what it was, without haste.
func TestLimiterLetsGoSlowly(t *testing.T) {
	in := make([]float32, 2*2*SampleRate)
	for i := range in {
		in[i] = 0.1
		if i < SampleRate/5 {
			in[i] = 1.4
		}
	}
	out := limitAll(in)
	at := func(d time.Duration) float32 { return out[2*int(d*SampleRate/time.Second)] }
	if x := at(120 * time.Millisecond); x > 0.09 {
		t.Errorf("20 ms after a shout the gain is %.2f already", x*10)
	}
	if x := at(time.Second); x < 0.097 {
		t.Errorf("0.9 s after a shout the gain is %.2f only", x*10)
	}
	if x := out[2*2*SampleRate-2]; x != 0.1 {
		t.Errorf("at the end 0.1 comes out as %v", x)
	}
}

func TestPlacesAreEquallyLoud(t *testing.T) {
	for x := -1.0; x <= 1; x += 0.05 {
		l, r := gains(float32(x))
		if p := float64(l*l + r*r); math.Abs(p-2) > 1e-5 {
			t.Errorf("at %.2f the power is %.5f", x, p)
		}
	}
	if l, r := gains(0); l != 1 || r != 1 {
		t.Errorf("the middle is %v, %v", l, r)
	}
	if l, r := gains(1); l > 1e-6 || r < 1.41 {
		t.Errorf("the right is %v, %v", l, r)
	}
}

// speaker is a voice that packets reach on time.
type speaker struct {
	v   *Voice
	seq uint16
}

func (s *speaker) push(payload []byte) {
	s.v.Push(&rtp.Packet{Header: rtp.Header{SequenceNumber: s.seq, Timestamp: uint32(s.seq) * packetSamples, SSRC: 7}, Payload: payload})
	s.seq++
}

// side takes one channel out of interleaved stereo.
func side(x []float32, n int) []float32 {
	out := make([]float32, len(x)/2)
	for i := range out {
		out[i] = x[2*i+n]
	}
	return out
}

func TestVoiceMovesWithoutClick(t *testing.T) {
	list := packets(t, 100, 440)
	m := NewMixer()
	v, err := m.Add(1)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	s := &speaker{v: v}
	var heard []float32
	var block [2 * BlockSamples]float32
	for i, p := range list {
		if i == 50 {
			v.SetPlace(-1)
		}
		s.push(p)
		for range 2 {
			m.Render(block[:])
			heard = append(heard, block[:]...)
		}
	}
	left, right := side(heard, 0), side(heard, 1)
	from, to := 40*packetSamples, 49*packetSamples
	if l, r := ToneLevel(left[from:to], 440), ToneLevel(right[from:to], 440); math.Abs(l-r) > 1e-4 || l < 0.3 {
		t.Errorf("in the middle: %.3f, %.3f", l, r)
	}
	from = 80 * packetSamples
	if l, r := ToneLevel(left[from:], 440), ToneLevel(right[from:], 440); l < 0.45 || r > 0.001 {
		t.Errorf("at the left: %.3f, %.3f", l, r)
	}
	// A click is a step that a tone of 440 Hz of that loudness does not make.
	steepest := float32(0.65 * 2 * math.Pi * 440 / SampleRate)
	for i := 20 * packetSamples; i < len(right)-1; i++ {
		for _, x := range [][]float32{left, right} {
			if d := x[i+1] - x[i]; d > steepest || d < -steepest {
				t.Fatalf("a step of %.3f at %d", d, i)
			}
		}
	}
}

// Shared sound goes down by 12 dB while somebody speaks, stays down between words,
// and comes back.
func TestSharedSoundStepsBack(t *testing.T) {
	speech, music := packets(t, 100, 300), packets(t, 400, 2000)
	m := NewMixer()
	voice, err := m.Add(1)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := m.Add(2)
	if err != nil {
		t.Fatal(err)
	}
	shared.SetShared(true)
	a, b := &speaker{v: voice}, &speaker{v: shared}
	var heard []float32
	var block [2 * BlockSamples]float32
	for i, p := range music {
		b.push(p)
		// From 2 s to 4 s somebody speaks: 200 ms words, 100 ms pauses.
		if i >= 100 && i < 200 && i%15 < 10 {
			a.seq = uint16(i)
			a.push(speech[i-100])
		}
		for range 2 {
			m.Render(block[:])
			heard = append(heard, block[:]...)
		}
	}
	left := side(heard, 0)
	level := func(from time.Duration) float64 {
		at := int(from * SampleRate / time.Second)
		return 20 * math.Log10(ToneLevel(left[at:at+SampleRate/20], 2000))
	}
	before := level(1500 * time.Millisecond)
	for _, c := range []struct {
		at       time.Duration
		min, max float64
	}{
		{1900, -0.2, 0.2}, // nobody yet
		{2400, -12.3, -11.7}, {3000, -12.3, -11.7}, {3500, -12.3, -11.7}, {3900, -12.3, -11.7},
		{6000, -0.2, 0.2}, {7500, -0.2, 0.2},
	} {
		if d := level(c.at*time.Millisecond) - before; d < c.min || d > c.max {
			t.Errorf("at %v: %+.1f dB, want %+.1f to %+.1f", c.at*time.Millisecond, d, c.min, c.max)
		}
	}
}

func TestDuckingTimes(t *testing.T) {
	var d ducking
	until := func(level float64, ok func(to float32) bool) int {
		for n := 1; n < 1000; n++ {
			if _, to := d.next(level); ok(to) {
				return n
			}
		}
		t.Fatal("never")
		return 0
	}
	down := float32(math.Pow(10, -duckDepth/20))
	if n := until(0.6, func(to float32) bool { return to <= down*1.001 }); n < 10 || n > 15 {
		t.Errorf("down after %d ms", 10*n)
	}
	held := until(0, func(to float32) bool { return to > down*1.001 })
	if n := until(0, func(to float32) bool { return to == 1 }); n < 55 || n > 65 || held < 40 {
		t.Errorf("held for %d ms, up after %d ms", 10*held, 10*n)
	}
	// A click moves nothing, and neither does noise below speech.
	for n := range 100 {
		level := 0.38
		if n == 50 {
			level = 1
		}
		if _, to := d.next(level); to != 1 {
			t.Fatalf("shared sound goes to %v", to)
		}
	}
}

func TestPlayedSoundEndsAndIsForgotten(t *testing.T) {
	m := NewMixer()
	x := make([]float32, 1000)
	for i := range x {
		x[i] = 0.25
	}
	var block [2 * BlockSamples]float32
	for range 100 {
		m.Play(x)
		sum := 0.0
		for range 4 {
			m.Render(block[:])
			for _, s := range block {
				sum += float64(s)
			}
		}
		if math.Abs(sum-2*0.25*1000) > 1e-3 {
			t.Fatalf("heard %.1f of %.1f", sum, 2*0.25*1000.0)
		}
	}
	if n := len(*m.sounds.Load()); n > 1 {
		t.Errorf("%d sounds are kept", n)
	}
}

// crowd makes n voices that all speak, some placed, one of them shared sound.
func crowd(tb testing.TB, n int) (m *Mixer, step func()) {
	tb.Helper()
	m = NewMixer()
	list := packets(tb, 50, 300)
	all := make([]*speaker, n)
	packet := make([]rtp.Packet, n)
	for i := range all {
		channels := 1
		if i == 0 {
			channels = 2
		}
		v, err := m.Add(channels)
		if err != nil {
			tb.Fatal(err)
		}
		v.SetShared(i == 0)
		v.SetPlace(float64(i%3 - 1))
		all[i] = &speaker{v: v}
	}
	var block [2 * BlockSamples]float32
	k := 0
	return m, func() {
		if k%2 == 0 {
			for i, s := range all {
				packet[i].Header = rtp.Header{SequenceNumber: s.seq, Timestamp: uint32(s.seq) * packetSamples, SSRC: 7}
				packet[i].Payload = list[k/2%len(list)]
				s.v.Push(&packet[i])
				s.seq++
			}
		}
		k++
		m.Render(block[:])
	}
}

func TestFiftyVoicesAllocateNothing(t *testing.T) {
	m, step := crowd(t, 50)
	for range 50 {
		step()
	}
	x := make([]float32, SampleRate)
	m.Play(x)
	if a := testing.AllocsPerRun(100, step); a > 0 {
		t.Errorf("%v allocations a block", a)
	}
	if m.Level() == 0 {
		t.Error("nothing is heard")
	}
}

// BenchmarkMix is one block of 10 ms, Opus decoded: "x real time" is how many times
// faster one core is than it must be.
func BenchmarkMix(b *testing.B) {
	for _, n := range []int{1, 10, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, step := crowd(b, n)
			for range 50 {
				step()
			}
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(10*time.Millisecond)/(float64(b.Elapsed())/float64(b.N)), "x-real-time")
		})
	}
}
