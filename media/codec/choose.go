package codec

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// Job is what is to be sent.
type Job struct {
	Content       Content
	Width, Height int     // pixels, of the largest layer
	FrameRate     float64 // frames per second
	// Simulcast says that smaller layers are sent beside. Here each layer has an
	// encoder of its own, which LiveKit takes in VP8 and H.264 only: in VP9 and AV1
	// it wants layers in one stream (SVC).
	Simulcast bool
	Cores     int    // 0: this machine's
	Allowed   []Name // what the room and its people take; none: everything
}

// Choice is what to send it in.
type Choice struct {
	Codec          Name
	Implementation string // software's name, or the hardware's
	Hardware       bool
	// Backup is what those get who cannot decode Codec; empty where everybody can.
	Backup Name
}

// costs are processor milliseconds per million pixels in software, as measured in
// the package comment.
var costs = map[Name]struct{ motion, detail float64 }{
	VP8:  {9.1, 11},
	H264: {6.4, 13},
	VP9:  {10.4, 21},
	AV1:  {17.3, 22},
}

// share is how much of the machine one job may take; a call has more to do. A
// screen may take more: it costs that only while it scrolls.
func share(c Content) float64 {
	if c == Detail {
		return 0.3
	}
	return 0.2
}

// smallerLayers is what simulcast adds to the largest layer's cost.
const smallerLayers = 1.35

// Choose says which codec to send a job in: the one that gives the best picture
// among those that the machine can pay for, by measured costs and this machine's
// speed, or the cheapest where it can pay for none. Hardware costs nothing here.
// For a screen, AV1 and VP9 are software's, whose tools for text hardware lacks.
func Choose(j Job) Choice { return choose(j, slowness()) }

func choose(j Job, slowness float64) Choice {
	if j.Cores <= 0 {
		j.Cores = runtime.NumCPU()
	}
	if len(j.Allowed) == 0 {
		j.Allowed = Names[:]
	}
	best := []Name{AV1, VP9, VP8, H264} // VP8 is a decibel above OpenH264, and not all have libx264
	if j.Content == Detail {
		best = []Name{AV1, VP9, H264, VP8}
	}
	if j.Simulcast {
		best = []Name{VP8, H264}
		if usesX264(j.Content) { // which is as good, for two thirds of the time
			best = []Name{H264, VP8}
		}
	}
	best = slices.DeleteFunc(best, func(n Name) bool { return !slices.Contains(j.Allowed, n) })
	if len(best) == 0 { // nothing fits the layers: one stream then
		for _, n := range j.Allowed {
			if slices.Contains(Names[:], n) {
				best = append(best, n)
			}
		}
	}
	if j.Content == Motion {
		for _, n := range []Name{AV1, H264, VP9, VP8} {
			if u := usable(n, encoding); len(u) > 0 && slices.Contains(best, n) && hardwareFor(n, j.Content, j.Width, j.Height) {
				return Choice{n, u[0].implementation, true, j.backup(n)}
			}
		}
	}
	if len(best) == 0 {
		return Choice{}
	}
	cheapest, least := best[0], math.Inf(1)
	for _, n := range best {
		if u := usable(n, encoding); len(u) > 0 && hardwareFor(n, j.Content, j.Width, j.Height) {
			return Choice{n, u[0].implementation, true, j.backup(n)}
		}
		cores := j.cores(n) * slowness
		if cores <= share(j.Content)*float64(j.Cores) {
			return Choice{n, softwareName(n, j.Content), false, j.backup(n)}
		}
		if cores < least {
			cheapest, least = n, cores
		}
	}
	return Choice{cheapest, softwareName(cheapest, j.Content), false, j.backup(cheapest)}
}

// cores is what a job costs in software on the machine of the measurements.
func (j Job) cores(n Name) float64 {
	c := costs[n].motion
	if j.Content == Detail {
		c = costs[n].detail
	}
	c *= float64(j.Width*j.Height) / 1e6 * j.FrameRate / 1000
	if j.Simulcast {
		c *= smallerLayers
	}
	return c
}

// backup is a codec that every browser decodes.
func (j Job) backup(n Name) Name {
	if n == VP8 || n == H264 {
		return ""
	}
	for _, b := range []Name{VP8, H264} {
		if slices.Contains(j.Allowed, b) {
			return b
		}
	}
	return ""
}

// probeReference is what VP8 takes for the probe's picture on the machine of the
// measurements, in milliseconds.
const probeReference = 1.6

// slowness is this machine's time for a picture over that of the measurements. It
// is found once, in some 30 ms.
var slowness = sync.OnceValue(func() float64 {
	e, _, err := openSoftwareEncoder(VP8, probeConfig)
	if err != nil {
		return 1
	}
	least, err := tryEncoder(VP8, e)
	if err != nil {
		return 1
	}
	return min(max(least.Seconds()*1000/probeReference, 0.2), 5)
})
