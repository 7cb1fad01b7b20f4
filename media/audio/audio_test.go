package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// packets encodes a tone into n Opus packets.
func packets(tb testing.TB, n int, frequency float64) [][]byte {
	tb.Helper()
	out := make(chan []byte, n)
	s, err := NewSender(SenderConfig{Write: func(p Packet) {
		if p.Samples != packetSamples || p.Level > -5 || p.Level < -20 {
			tb.Errorf("a packet of %d samples at %.1f dBov", p.Samples, p.Level)
		}
		out <- bytes.Clone(p.Payload)
	}})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	tone := NewTone(frequency, 0.4)
	var block [BlockSamples]float32
	list := make([][]byte, 0, n)
	for range n {
		for range 2 {
			tone.Fill(block[:])
			s.Block(block[:])
		}
		select {
		case p := <-out:
			list = append(list, p)
		case <-time.After(5 * time.Second):
			tb.Fatal("the sender sends nothing")
		}
	}
	if s.Level() < 0.7 {
		tb.Errorf("level %.2f of a loud tone", s.Level())
	}
	return list
}

// link plays packets through a voice in simulated time. delay says when each
// packet arrives after it was sent; a negative one is a lost packet.
func link(tb testing.TB, list [][]byte, firstSeq uint16, firstTS uint32, delay func(i int) time.Duration) ([]float32, VoiceStats) {
	tb.Helper()
	m := NewMixer()
	v, err := m.Add(1)
	if err != nil {
		tb.Fatal(err)
	}
	defer v.Close()
	type due struct {
		at time.Duration
		p  *rtp.Packet
	}
	var queue []due
	for i, p := range list {
		if d := delay(i); d >= 0 {
			queue = append(queue, due{time.Duration(i)*20*time.Millisecond + d, &rtp.Packet{
				Header:  rtp.Header{SequenceNumber: firstSeq + uint16(i), Timestamp: firstTS + uint32(i)*packetSamples, SSRC: 7},
				Payload: p}})
		}
	}
	var heard []float32
	var block [2 * BlockSamples]float32
	end := time.Duration(len(list)) * 20 * time.Millisecond
	for now := time.Duration(0); now < end; now += 10 * time.Millisecond {
		for i := 0; i < len(queue); {
			if queue[i].at <= now {
				v.Push(queue[i].p)
				queue = append(queue[:i], queue[i+1:]...)
			} else {
				i++
			}
		}
		m.Render(block[:])
		for i := 0; i < len(block); i += 2 {
			heard = append(heard, block[i])
		}
	}
	return heard, v.Stats()
}

// gaps is the longest run of silence in milliseconds, after the sound began.
func gaps(x []float32) int {
	longest, run, begun := 0, 0, false
	for i := 0; i+48 <= len(x); i += 48 {
		if rms(x[i:i+48]) > 0.02 {
			begun, run = true, 0
		} else if begun {
			run++
			longest = max(longest, run)
		}
	}
	return longest
}

func TestToneGoesThrough(t *testing.T) {
	list := packets(t, 100, 440)
	// Sequence numbers and timestamps wrap on the way.
	heard, s := link(t, list, 65500, math.MaxUint32-20*packetSamples, func(int) time.Duration { return 5 * time.Millisecond })
	if l := ToneLevel(heard[len(heard)/2:], 440); l < 0.3 || l > 0.5 {
		t.Errorf("the tone of 0.4 is heard at %.2f", l)
	}
	if l := ToneLevel(heard[len(heard)/2:], 1000); l > 0.02 {
		t.Errorf("%.2f of another tone", l)
	}
	if s.PacketsReceived != 100 || s.PacketsLost != 0 || s.ConcealedSamples != 0 || s.PacketsDiscarded != 0 {
		t.Errorf("%+v", s)
	}
	if s.CurrentDelay > 80*time.Millisecond {
		t.Errorf("delay %v on a perfect line", s.CurrentDelay)
	}
}

func TestLossIsHidden(t *testing.T) {
	list := encode(t, speech(10, 3), packetSamples)
	r := rand.New(rand.NewPCG(1, 2))
	heard, s := link(t, list, 0, 0, func(int) time.Duration {
		if r.Float64() < 0.05 {
			return -1
		}
		return time.Duration(r.ExpFloat64() * float64(5*time.Millisecond))
	})
	if g := gaps(heard); g > 250 { // the pauses between syllables are up to 180 ms
		t.Errorf("a gap of %d ms", g)
	}
	if s.FECUsed < 5 {
		t.Errorf("FEC rebuilt %d packets of some 25", s.FECUsed)
	}
	if share := float64(s.ConcealedSamples) / float64(s.TotalSamplesReceived); share > 0.03 {
		t.Errorf("%.1f %% concealed at 5 %% loss with FEC", 100*share)
	}
}

func TestDelayFollowsTheNetwork(t *testing.T) {
	list := packets(t, 1500, 440)
	r := rand.New(rand.NewPCG(3, 4))
	_, s := link(t, list, 0, 0, func(i int) time.Duration {
		if i < 500 || i > 1000 {
			return time.Duration(r.Float64() * float64(4*time.Millisecond))
		}
		return time.Duration(r.Float64() * float64(80*time.Millisecond))
	})
	if s.CurrentDelay > 90*time.Millisecond {
		t.Errorf("delay %v after the network calmed down", s.CurrentDelay)
	}
	if s.InsertedSamplesForDeceleration+s.ConcealedSamples == 0 || s.RemovedSamplesForAcceleration == 0 {
		t.Errorf("the buffer neither grew nor shrank: %+v", s)
	}
	if share := float64(s.ConcealedSamples) / float64(s.TotalSamplesReceived); share > 0.05 {
		t.Errorf("%.1f %% concealed", 100*share)
	}
}

func TestMuteAndBack(t *testing.T) {
	list := packets(t, 200, 440)
	heard, s := link(t, list, 0, 0, func(i int) time.Duration {
		if i > 60 && i < 120 {
			return -1
		}
		return 0
	})
	if l := ToneLevel(heard[len(heard)-SampleRate/2:], 440); l < 0.3 {
		t.Errorf("the tone comes back at %.2f", l)
	}
	if s.CurrentDelay > 120*time.Millisecond {
		t.Errorf("delay %v after a pause", s.CurrentDelay)
	}
}

func TestJitterBufferOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var b JitterBuffer
		first := uint16(r.Uint32())
		b.Put(first, 0, []byte{0, 0})
		order := r.Perm(100)
		for _, i := range append(order, order[:30]...) { // some twice
			b.Put(first+uint16(i), uint32(i)*960, []byte{byte(i), 1})
		}
		for i := range 100 {
			p, ok := b.Take()
			if !ok || int(p[0]) != i {
				t.Fatalf("packet %d: %v %v", i, p, ok)
			}
		}
		if _, ok := b.Take(); ok || b.Waiting() != 0 {
			t.Fatal("more comes out than went in")
		}
		if b.Put(first+50, 0, []byte{1}) {
			t.Fatal("a packet is taken after its time")
		}
	}
}

func TestRenderAllocatesNothing(t *testing.T) {
	list := packets(t, 60, 440)
	m := NewMixer()
	m.Played()
	m.Play(make([]float32, SampleRate))
	var voices []*Voice
	for range 20 {
		v, err := m.Add(1)
		if err != nil {
			t.Fatal(err)
		}
		voices = append(voices, v)
	}
	var block [2 * BlockSamples]float32
	n := 0
	pkt := &rtp.Packet{}
	step := func() {
		for _, v := range voices {
			pkt.SequenceNumber, pkt.Timestamp, pkt.Payload = uint16(n), uint32(n*packetSamples), list[n%len(list)]
			v.Push(pkt)
		}
		n++
		m.Render(block[:])
		m.Render(block[:])
	}
	for range slots { // payload buffers grow once
		step()
	}
	if a := testing.AllocsPerRun(100, step); a > 0 {
		t.Errorf("%.1f allocations in 20 ms of 20 voices, want none", a)
	}
	if l := ToneLevel([]float32{block[0], block[2], block[4]}, 440); math.IsNaN(l) || m.Level() < 0.8 {
		t.Errorf("20 voices are heard at %.2f", m.Level())
	}
	for _, s := range block {
		if s > 1 || s < -1 {
			t.Fatalf("sample %f clips", s)
		}
	}
}

func TestBlockAllocatesNothing(t *testing.T) {
	s, err := NewSender(SenderConfig{Write: func(Packet) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var block [BlockSamples]float32
	if a := testing.AllocsPerRun(100, func() { s.Block(block[:]) }); a > 0 {
		t.Errorf("%.1f allocations a block, want none", a)
	}
}

func TestMutedSendsNothing(t *testing.T) {
	sent := make(chan bool, 100)
	s, err := NewSender(SenderConfig{Write: func(Packet) { sent <- true }})
	if err != nil {
		t.Fatal(err)
	}
	tone := NewTone(440, 0.4)
	var block [BlockSamples]float32
	feed := func() {
		for range 10 {
			tone.Fill(block[:])
			s.Block(block[:])
		}
		for s.in.Len() > 0 {
			time.Sleep(time.Millisecond) // the ring is drained by the sender's goroutine
		}
	}
	s.SetMuted(true)
	feed()
	if s.Level() < 0.5 {
		t.Errorf("level %.2f while muted", s.Level())
	}
	s.Close()
	if len(sent) != 0 {
		t.Errorf("%d packets while muted", len(sent))
	}
}

func TestWAVRoundTrip(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWAVWriter(f, 1)
	if err != nil {
		t.Fatal(err)
	}
	in := make([]float32, SampleRate)
	NewTone(440, 0.5).Fill(in)
	if err := errors.Join(w.Write(in), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	out, err := ReadWAV(f)
	if err != nil || len(out) != len(in) {
		t.Fatal(len(out), err)
	}
	for i := range in {
		if math.Abs(float64(in[i]-out[i])) > 1.0/16000 {
			t.Fatalf("sample %d: %f, want %f", i, out[i], in[i])
		}
	}
}

func TestResampleKeepsTheTone(t *testing.T) {
	for _, rate := range []int{16000, 22050, 44100, 96000} {
		x := make([]float32, rate)
		for i := range x {
			x[i] = float32(0.5 * math.Sin(2*math.Pi*440*float64(i)/float64(rate)))
		}
		y := resample(x, rate)
		if math.Abs(float64(len(y)-SampleRate)) > 1 {
			t.Errorf("%d Hz: a second became %d samples", rate, len(y))
		}
		if l := ToneLevel(y[1000:len(y)-1000], 440); math.Abs(l-0.5) > 0.02 {
			t.Errorf("%d Hz: the tone of 0.5 is %.2f", rate, l)
		}
	}
}

func FuzzVoice(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint16(1), uint32(1), uint32(1), false)
	f.Add([]byte{0x80 | 111, 0x0f, 0x00, 0x02, 111, 1, 2, 3}, uint16(65530), uint32(960), uint32(0), true)
	f.Fuzz(func(t *testing.T, payload []byte, seq uint16, ts, ssrc uint32, red bool) {
		m := NewMixer()
		v, err := m.Add(1 + int(ssrc&1))
		if err != nil {
			t.Fatal(err)
		}
		var block [2 * BlockSamples]float32
		for i := range uint16(12) {
			v.put(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq * i, Timestamp: ts * uint32(i), SSRC: ssrc * uint32(i/4)}, Payload: payload}, red != (i%5 == 0))
			m.Render(block[:])
			for _, s := range block {
				if math.IsNaN(float64(s)) {
					t.Fatal("no number is heard")
				}
			}
		}
	})
}

// wavChunk is a chunk whose header says the size; below 0 it is the right one.
func wavChunk(id string, size int64, body ...byte) []byte {
	if size < 0 {
		size = int64(len(body))
	}
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(size))
	return append(b, body...)
}

func wavFormat(format, channels, bits int) []byte {
	const rate = SampleRate
	b := binary.LittleEndian.AppendUint16(nil, uint16(format))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	return wavChunk("fmt ", -1, b...)
}

// wavExtended is the format chunk of WAVE_FORMAT_EXTENSIBLE.
func wavExtended(format, channels, bits int) []byte {
	b := wavFormat(wavExtensible, channels, bits)[8:]
	b = binary.LittleEndian.AppendUint16(b, 22)
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = binary.LittleEndian.AppendUint32(b, 0) // which speakers
	b = binary.LittleEndian.AppendUint16(b, uint16(format))
	b = append(b, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113)
	return wavChunk("fmt ", -1, b...)
}

func wavFile(id string, size int64, chunks ...[]byte) []byte {
	return wavChunk(id, size, append([]byte("WAVE"), bytes.Join(chunks, nil)...)...)
}

// Each kind of file that programs and recorders write, with the sound that is in it.
func TestWAVKinds(t *testing.T) {
	le := func(x any) []byte {
		b, err := binary.Append(nil, binary.LittleEndian, x)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	nan, inf := math.NaN(), math.Inf(1)
	sixteen := le([]int16{0, 16384, -32768, 32767})
	heard := []float32{0, 0.5, -1, 32767. / 32768}
	ds64 := func(data uint64) []byte {
		return wavChunk("ds64", -1, append(le([]uint64{0, data, 0}), 0, 0, 0, 0)...)
	}
	junk := wavChunk("JUNK", 3, 1, 2, 3, 0) // and a byte that fills up
	for _, c := range []struct {
		name string
		file []byte
		want []float32
	}{
		{"8 bits", wavFile("RIFF", -1, wavFormat(1, 1, 8), wavChunk("data", -1, 0, 128, 192)), []float32{-1, 0, 0.5}},
		{"16 bits", wavFile("RIFF", -1, wavFormat(1, 1, 16), wavChunk("data", -1, sixteen...)), heard},
		{"24 bits", wavFile("RIFF", -1, wavFormat(1, 1, 24), wavChunk("data", -1, 0, 0, 0x40, 0, 0, 0x80)), []float32{0.5, -1}},
		{"32 bits", wavFile("RIFF", -1, wavFormat(1, 1, 32), wavChunk("data", -1, le([]int32{1 << 30, math.MinInt32})...)), []float32{0.5, -1}},
		{"stereo", wavFile("RIFF", -1, wavFormat(1, 2, 16), wavChunk("data", -1, sixteen...)), []float32{0.25, (32767. - 32768) / 65536}},
		{"float, too loud", wavFile("RIFF", -1, wavFormat(3, 1, 32), wavChunk("data", -1, le([]float32{0.5, 1.5, -2, float32(nan), float32(inf), float32(-inf)})...)),
			[]float32{0.5, 1, -1, 0, 1, -1}},
		{"float of 64 bits", wavFile("RIFF", -1, wavFormat(3, 1, 64), wavChunk("data", -1, le([]float64{0.25, 1e300, -1.01, nan, -inf})...)),
			[]float32{0.25, 1, -1, 0, -1}},
		{"A-law", wavFile("RIFF", -1, wavFormat(6, 1, 8), wavChunk("data", -1, 0xd5, 0x55, 0xaa, 0x2a, 0x80, 0x00, 0x95)),
			[]float32{8. / 32768, -8. / 32768, 32256. / 32768, -32256. / 32768, 5504. / 32768, -5504. / 32768, 2112. / 32768}},
		{"µ-law", wavFile("RIFF", -1, wavFormat(7, 1, 8), wavChunk("data", -1, 0xff, 0x7f, 0x80, 0x00, 0xd0, 0x50)),
			[]float32{0, 0, 32124. / 32768, -32124. / 32768, 876. / 32768, -876. / 32768}},
		{"extensible, 16 bits", wavFile("RIFF", -1, wavExtended(1, 1, 16), wavChunk("data", -1, sixteen...)), heard},
		{"extensible, float", wavFile("RIFF", -1, wavExtended(3, 1, 32), wavChunk("data", -1, le([]float32{0.5, -7})...)), []float32{0.5, -1}},
		{"extensible, µ-law", wavFile("RIFF", -1, wavExtended(7, 1, 8), wavChunk("data", -1, 0x80)), []float32{32124. / 32768}},
		{"odd chunk before", wavFile("RIFF", -1, junk, wavFormat(1, 1, 16), wavChunk("data", -1, sixteen...)), heard},
		{"chunk after", wavFile("RIFF", -1, wavFormat(1, 1, 16), wavChunk("data", -1, sixteen...), wavChunk("LIST", -1, 9, 9)), heard},
		{"RF64", wavFile("RF64", wavUnknown, ds64(8), wavFormat(1, 1, 16), wavChunk("data", wavUnknown, sixteen...), wavChunk("LIST", -1, 9, 9)), heard},
		{"BW64", wavFile("BW64", wavUnknown, ds64(8), wavFormat(1, 1, 16), wavChunk("data", wavUnknown, sixteen...), wavChunk("axml", -1, 9, 9)), heard},
		{"RF64 of a crash", wavFile("RF64", wavUnknown, ds64(0), wavFormat(1, 1, 16), wavChunk("data", wavUnknown, sixteen...)), heard},
		{"RF64 that promises more", wavFile("RF64", wavUnknown, ds64(1<<63), wavFormat(1, 1, 16), wavChunk("data", wavUnknown, sixteen...)), heard},
		{"all sizes 0", wavFile("RIFF", 0, wavFormat(1, 1, 16), wavChunk("data", 0, sixteen...)), heard},
		{"a header of nothing yet", wavFile("RIFF", 36, wavFormat(1, 1, 16), wavChunk("data", 0, sixteen...)), heard},
		{"a pipe", wavFile("RIFF", wavUnknown, wavFormat(1, 1, 16), wavChunk("data", wavUnknown, sixteen...)), heard},
		{"cut", wavFile("RIFF", 2000, wavFormat(1, 1, 16), wavChunk("data", 1000, sixteen...)), heard},
		{"really empty", wavFile("RIFF", -1, wavFormat(1, 1, 16), wavChunk("data", 0), wavChunk("LIST", -1, 9, 9)), nil},
	} {
		got, err := ReadWAV(bytes.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, b := range [][]byte{wavFile("RIFF", -1, wavFormat(6, 1, 16), wavChunk("data", -1, 1, 2)), wavFile("RIFX", -1), wavFile("RF64", -1, wavChunk("ds64", -1, 1))} {
		if _, err := ReadWAV(bytes.NewReader(b)); !errors.Is(err, ErrMalformedWAV) {
			t.Errorf("%q: %v, want ErrMalformedWAV", b, err)
		}
	}
}
