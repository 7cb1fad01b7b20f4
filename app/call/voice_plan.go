package call

import (
	"time"

	"foyer/media/audio"
)

// voicePlan is how our voice is sent.
type voicePlan struct {
	rate       int           // of Opus, bits per second
	packet     time.Duration // what a packet holds
	redundancy int           // earlier packets in each
}

// voiceHeaders is what a packet costs beside Opus, in bytes: IP, UDP, RTP with two
// extensions, SRTP's tag, and a byte of RED.
const voiceHeaders = 20 + 8 + 12 + 12 + 10 + 1

// total is what goes over the line, headers and all, in bits per second.
func (p voicePlan) total() int {
	if p.packet == 0 {
		return 0
	}
	packets := int(time.Second / p.packet)
	return p.rate*(1+p.redundancy) + 8*packets*(voiceHeaders+4*p.redundancy)
}

// voiceLine is what is known of the way to the server.
type voiceLine struct {
	rate int           // estimated, bits per second
	rtt  time.Duration // 0: not known
	loss float64       // of our voice, 0 to 1, with a memory
	calm time.Duration // nothing was lost for so long
	red  bool          // redundancy is agreed
}

// Steps of the plan. Sound goes first: it takes up to half of a narrow line.
var voiceRates = []struct{ from, rate int }{
	{1_000_000, 48_000}, {400_000, 40_000}, {200_000, 32_000}, {120_000, 24_000}, {0, 16_000},
}

const (
	redFrom      = 150_000 // bits per second: less has no room for saying things twice
	redTwiceFrom = 300_000
	redTwiceLoss = 0.05
	fastRate     = 1_500_000
	fastRTT      = 60 * time.Millisecond
	fastCalm     = 10 * time.Second
	// planBack is how much better a line must be than a step needs, to go back to it.
	planBack = 1.2
)

// next is the plan for a line, after this one: it steps down at once, and up when
// there is room to spare.
func (p voicePlan) next(l voiceLine, c audio.Content) voicePlan {
	// has says that the line carries a step; on says that it is in use.
	has := func(from int, on bool) bool {
		if on {
			return l.rate >= from
		}
		return float64(l.rate) >= planBack*float64(from)
	}
	n := voicePlan{packet: 20 * time.Millisecond}
	for _, v := range voiceRates {
		if n.rate = v.rate; c == audio.Music {
			n.rate = v.rate * (audio.MusicRate / 1000) / (voiceRates[0].rate / 1000)
		}
		if v.from == 0 || has(v.from, p.rate >= n.rate) {
			break
		}
	}
	if l.red && has(redFrom, p.redundancy > 0) {
		n.redundancy = 1
		if l.loss > redTwiceLoss && has(redTwiceFrom, p.redundancy > 1) && c == audio.Speech {
			n.redundancy = 2
		}
	}
	rtt := fastRTT
	if p.packet == 10*time.Millisecond {
		rtt = fastRTT * 5 / 4
	}
	if l.rtt > 0 && l.rtt < rtt && l.calm >= fastCalm && has(fastRate, p.packet == 10*time.Millisecond) {
		n.packet = 10 * time.Millisecond
		if n.redundancy > 0 {
			n.redundancy = 2 // as much of what was said as in long packets: others' lines may be worse
		}
	}
	return n
}

// left is the share that is lost in spite of redundancy, were losses independent:
// what FEC has to do.
func (p voicePlan) left(loss float64) float64 {
	left := loss
	for range p.redundancy {
		left *= loss
	}
	return left
}
