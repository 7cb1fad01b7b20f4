package audio

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"foyer/media/opus"
)

// sending makes the sender's inner half without its goroutine.
func sending(tb testing.TB, c SenderConfig) (*Sender, *outgoing) {
	tb.Helper()
	s, err := NewSender(c)
	if err != nil {
		tb.Fatal(err)
	}
	s.Close()
	enc, err := opus.NewEncoder(c.Content.Channels(), opus.VoIP)
	if err != nil {
		tb.Fatal(err)
	}
	if err := enc.SetDTX(c.Content.DTX()); err != nil {
		tb.Fatal(err)
	}
	o := &outgoing{s: s, enc: enc, first: true, size: packetSamples}
	if c.Played != nil && c.Content == Speech {
		if o.processor, err = NewProcessor(c.Played, c.Processing); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(o.close)
	return s, o
}

type clockedBlocks struct{ at time.Duration }

func (c *clockedBlocks) next() time.Duration { c.at += 10 * time.Millisecond; return c.at }

func TestSilenceIsNotSent(t *testing.T) {
	var sent []Packet
	var ends []bool // says that a pause follows
	_, o := sending(t, SenderConfig{Write: func(p Packet) {
		sent, ends = append(sent, p), append(ends, opusPause(p.Payload))
	}})
	tone, clock := NewTone(440, 0.3), clockedBlocks{}
	var block, silence [BlockSamples]float32
	for range 100 {
		tone.Fill(block[:])
		o.add(block[:], clock.next())
	}
	if len(sent) != 50 || !sent[0].First || sent[1].First {
		t.Fatalf("%d packets of a second of tone, want 50", len(sent))
	}
	for range 400 {
		o.add(silence[:], clock.next())
	}
	quiet := len(sent) - 50
	if quiet > 45 { // of 200
		t.Errorf("%d packets of four seconds of silence", quiet)
	}
	for range 100 {
		tone.Fill(block[:])
		o.add(block[:], clock.next())
	}
	if len(sent) < 50+quiet+49 {
		t.Errorf("%d packets of the tone after silence", len(sent)-50-quiet)
	}
	marked := 0
	for i, p := range sent {
		if p.Timestamp%packetSamples != 0 || (i > 0 && p.First != (p.Timestamp != sent[i-1].Timestamp+packetSamples)) {
			t.Errorf("packet %d at %d: first %v", i, p.Timestamp, p.First)
		}
		if i > 0 && p.First && !ends[i-1] {
			t.Errorf("packet %d at %d: nothing before it said that a pause follows", i, p.Timestamp)
		}
		if p.First {
			marked++
		}
	}
	if last := sent[len(sent)-1]; last.Timestamp != 299*packetSamples || marked < 2 {
		t.Errorf("the last packet is at %d, want %d: time goes on in silence", last.Timestamp, 299*packetSamples)
	}
}

func TestPacketTimeChangesWhileRunning(t *testing.T) {
	next, packets := uint32(0), map[int]int{}
	s, o := sending(t, SenderConfig{Content: Music, Write: func(p Packet) {
		if p.Timestamp != next {
			t.Errorf("a packet at %d, want %d", p.Timestamp, next)
		}
		next += uint32(p.Samples)
		packets[p.Samples]++
	}})
	tone, clock := NewTone(440, 0.3), clockedBlocks{}
	var block [BlockSamples]float32
	var stereo [2 * BlockSamples]float32
	for i := range 300 {
		if i%70 == 33 { // in the middle of a packet, too
			s.SetPacketTime(time.Duration(10+10*(i/70%2)) * time.Millisecond)
		}
		tone.Fill(block[:])
		for i, x := range block {
			stereo[2*i], stereo[2*i+1] = x, x
		}
		o.add(stereo[:], clock.next())
	}
	if packets[480] < 50 || packets[960] < 50 || next < 298*BlockSamples {
		t.Errorf("packets of %v samples, %d in all", packets, next)
	}
}

func TestTimeGoesOnWhileTheDeviceIsAway(t *testing.T) {
	var sent []Packet
	_, o := sending(t, SenderConfig{Content: Music, Write: func(p Packet) { sent = append(sent, p) }})
	var block [2 * BlockSamples]float32
	for i := range 20 {
		at := time.Duration(i+1) * 10 * time.Millisecond
		if i >= 10 {
			at += 3 * time.Second
		}
		block[0] = 0.5
		o.add(block[:], at)
	}
	if len(sent) != 10 || !sent[5].First || sent[5].Timestamp-sent[4].Timestamp < 3*SampleRate {
		t.Errorf("%d packets, the one after the gap at %d", len(sent), sent[5].Timestamp-sent[4].Timestamp)
	}
}

// babbling makes noise in syllables, so that it comes and goes as speech does.
type babbling struct {
	r    *rand.Rand
	n    int
	gain float64
}

func (b *babbling) fill(block []float32) {
	for i := range block {
		env := max(0, math.Sin(2*math.Pi*float64(b.n)/SampleRate*4)) // 4 syllables a second
		block[i] = float32(b.gain * env * b.r.NormFloat64())
		b.n++
	}
}

func TestActivityFollowsSpeech(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, noise := range []float64{0, 0.0005, 0.003} {
		a, voice := activity{}, babbling{r: r, gain: 0.05}
		var block [BlockSamples]float32
		step := func(speech bool) bool {
			clear(block[:])
			if speech {
				voice.fill(block[:])
			}
			for i := range block {
				block[i] += float32(noise * r.NormFloat64())
			}
			return a.add(rms(block[:]))
		}
		count := func(blocks int, speech bool) (on int) {
			for range blocks {
				if step(speech) {
					on++
				}
			}
			return on
		}
		count(300, false)
		if on := count(500, false); on > 0 {
			t.Errorf("noise %v: speech in %d of 500 blocks of noise", noise, on)
		}
		if on := count(1000, true); on < 950 {
			t.Errorf("noise %v: speech in %d of 1000 blocks of it", noise, on)
		}
		count(60, false)
		if on := count(200, false); on > 0 {
			t.Errorf("noise %v: speech in %d blocks after it", noise, on)
		}
	}
}

func TestSpeakingWhileMutedIsToldOnce(t *testing.T) {
	told := 0
	s, o := sending(t, SenderConfig{Write: func(Packet) {}, SpokeMuted: func() { told++ }})
	voice, clock := babbling{r: rand.New(rand.NewPCG(5, 6)), gain: 0.1}, clockedBlocks{}
	var block [BlockSamples]float32
	speak := func(blocks int) {
		for range blocks {
			voice.fill(block[:])
			o.add(block[:], clock.next())
		}
	}
	speak(100)
	if told != 0 || !s.Speaking() {
		t.Fatalf("told %d times while heard, speaking %v", told, s.Speaking())
	}
	s.SetMuted(true)
	speak(20)
	if told != 0 {
		t.Error("told after 200 ms")
	}
	speak(300)
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
	s.SetMuted(false)
	speak(10)
	s.SetMuted(true)
	speak(100)
	if told != 2 {
		t.Errorf("told %d times, want once for each mute", told)
	}
}

func TestSendingAllocatesNothing(t *testing.T) {
	tap := NewTap(BlockSamples)
	s, o := sending(t, SenderConfig{Played: tap, Write: func(Packet) {}})
	voice, clock := babbling{r: rand.New(rand.NewPCG(7, 8)), gain: 0.1}, clockedBlocks{}
	var block [BlockSamples]float32
	step := func() {
		voice.fill(block[:])
		at := clock.next()
		tap.WriteAt(block[:], at)
		o.add(block[:], at)
	}
	for range 10 {
		step()
	}
	if a := testing.AllocsPerRun(200, step); a > 0 {
		t.Errorf("%.1f allocations a block, want none", a)
	}
	if s.Level() == 0 {
		t.Error("no level")
	}
}

// The player's clock runs fast or slow, its callbacks come late now and then and
// two at a time, and still what is given for a recorded block was played a
// constant time before it.
func TestReferenceKeepsItsLag(t *testing.T) {
	for _, ppm := range []float64{50, -50, 200} {
		for _, lump := range []int{1, 2} {
			r := rand.New(rand.NewPCG(9, 10))
			tap := NewTap(BlockSamples)
			ref := newReference(tap)
			var far, out [BlockSamples]float32
			period := 0.01 / (1 + ppm*1e-6) // of the player, seconds
			n := 0                          // blocks played
			const signal = 300.0            // Hz on the player's clock
			first, worst, jumps, given := math.NaN(), 0.0, 0, 0
			last := math.NaN()
			for i := range 9_000 { // a minute and a half
				at := float64(i)*0.01 + 0.5
				for ; float64(n/lump*lump)*period+0.497 <= at; n++ {
					for j := range far {
						far[j] = float32(0.5 * math.Sin(2*math.Pi*signal*float64(n*BlockSamples+j)/SampleRate))
					}
					late := 0.001 * r.Float64()
					tap.WriteAt(far[:], time.Duration((float64(n/lump*lump)*period+0.497+late)*1e9))
				}
				if !ref.next(out[:], time.Duration(at*1e9)) {
					continue
				}
				given++
				// The phase of the signal says when it was played: its lag is that time's distance.
				var s, c float64
				for j, x := range out {
					w := 2 * math.Pi * signal * float64(j) / SampleRate
					s += float64(x) * math.Sin(w)
					c += float64(x) * math.Cos(w)
				}
				phase := math.Atan2(c, s) // at the block's start
				want := 2 * math.Pi * signal * (at - 0.497) / (period * 100)
				lag := math.Remainder(want-phase, 2*math.Pi) / (2 * math.Pi * signal) * 1000 // ms, modulo 3.3
				if i < 5000 {
					last = lag
					continue // it learns
				}
				if math.IsNaN(first) {
					first = lag
				}
				if math.Abs(math.Remainder(lag-last, 1000/signal)) > 0.1 {
					jumps++ // the callbacks' beat has turned over
					first = lag
				}
				worst = max(worst, math.Abs(math.Remainder(lag-first, 1000/signal)))
				last = lag
			}
			t.Logf("%4.0f ppm, %d at a time: drift %.1f ppm, the lag moves by %.2f ms, %d jumps, target %.1f ms", ppm, lump, ref.drift*1e6, worst, jumps, ref.target/48)
			if given < 8_990 || worst > 0.5 || jumps > 2 || math.Abs(ref.drift*1e6-ppm) > 20 {
				t.Errorf("%.0f ppm, %d at a time: drift %.1f ppm, the lag moves by %.2f ms, %d jumps, %d blocks", ppm, lump, ref.drift*1e6, worst, jumps, given)
			}
		}
	}
}
