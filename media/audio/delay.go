package audio

import "time"

// Constants of the target delay, after what WebRTC's NetEq has published.
const (
	bucketLength   = 20 * time.Millisecond
	buckets        = 50
	targetQuantile = 0.97
	forgetFactor   = 0.983
	startDelay     = 60 * time.Millisecond
	minDelay       = 20 * time.Millisecond
	// baseWindow is how long the quickest packet counts as the measure of no delay,
	// so that clock drift and route changes are followed.
	baseWindow = 2 * time.Second
)

// DelayEstimator says how much sound to hold back so that few packets come too
// late: a quantile of a histogram of how late packets come, compared to the
// quickest of the last seconds. The zero value is ready. Plain state, no clock.
type DelayEstimator struct {
	histogram [buckets]float64
	weight    float64

	// The quickest transit of this window and of the one before.
	base, before   time.Duration
	windowStart    time.Duration
	started        bool
	previousWindow bool
}

// Add takes one packet: when it came, on any steady clock, and its media time.
func (d *DelayEstimator) Add(arrived, media time.Duration) {
	transit := arrived - media
	switch {
	case !d.started:
		d.started = true
		d.base, d.windowStart = transit, arrived
	case arrived-d.windowStart > baseWindow:
		d.before, d.previousWindow = d.base, true
		d.base, d.windowStart = transit, arrived
	default:
		d.base = min(d.base, transit)
	}
	base := d.base
	if d.previousWindow {
		base = min(base, d.before)
	}
	late := int((transit - base) / bucketLength)
	late = min(max(late, 0), buckets-1)
	for i := range d.histogram {
		d.histogram[i] *= forgetFactor
	}
	d.histogram[late] += 1 - forgetFactor
	d.weight = d.weight*forgetFactor + (1 - forgetFactor)
}

// Target is how much sound to hold back.
func (d *DelayEstimator) Target() time.Duration {
	if d.weight < 0.3 { // fewer than some 20 packets
		return startDelay
	}
	sum := 0.0
	for i, h := range d.histogram {
		if sum += h; sum >= targetQuantile*d.weight {
			return max(time.Duration(i+1)*bucketLength, minDelay)
		}
	}
	return buckets * bucketLength
}
