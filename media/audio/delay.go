package audio

// Constants of the target delay, after what WebRTC's NetEq has published. Times are
// in samples at 48 kHz.
const (
	bucketLength   = BlockSamples // sound is asked for no finer
	buckets        = 50
	targetQuantile = 0.99
	// forgetFactor is for each packet: half is forgotten after some 100. Longer than
	// NetEq's 0.983, which follows a short quiet and is caught by the next bad moment.
	forgetFactor = 0.993
	// recoveredWeight is how many late packets one counts for that was lost and came
	// with another: waiting for it helps for sure.
	recoveredWeight = 10
	// hold is how long the target stays up after a burst of late packets: lines that
	// have had one have more.
	hold         = 2 * SampleRate
	startDelay   = 40 * millisecond
	startPackets = 20
	minDelay     = 10 * millisecond
	// baseWindow is how long the quickest packet counts as the measure of no delay,
	// so that clock drift and route changes are followed.
	baseWindow = 2 * SampleRate
	// newStream is how much earlier than any other a packet comes that must have
	// another clock.
	newStream = SampleRate
	// settling is how long after a pause the quickest packet is being looked for.
	settling = 300 * millisecond
)

// DelayEstimator says how much sound to hold back so that few packets come too
// late: a quantile of a histogram of how late packets come, compared to the
// quickest of the last seconds. All times are in samples at 48 kHz. The zero value
// is ready. Plain state, no clock.
type DelayEstimator struct {
	histogram [buckets]float64
	weight    float64
	count     int

	// The quickest transit of this window and of the one before.
	now, before    int64
	windowStart    int64
	previousWindow bool
	base           int64 // the lower of them
	last           int64 // when the newest packet came
	settled        int64 // from when on a new base moves the histogram

	held      int // the highest quantile lately
	heldUntil int64
}

// Add takes one packet: when it came, on any steady clock, and its media time.
// Those of one moment count once: after a stall in the network all that it held
// up comes together, and has one reason to be late.
func (d *DelayEstimator) Add(arrived, media int64) {
	transit := arrived - media
	if d.count > 0 && transit < d.base-newStream {
		*d = DelayEstimator{}
	}
	again := d.count > 0 && arrived == d.last
	d.last = arrived
	switch {
	case d.count == 0:
		d.now, d.base, d.windowStart = transit, transit, arrived
	case arrived-d.windowStart > baseWindow:
		d.before, d.previousWindow = d.now, true
		d.now, d.windowStart = transit, arrived
	default:
		d.now = min(d.now, transit)
	}
	base := d.now
	if d.previousWindow {
		base = min(base, d.before)
	}
	if arrived < d.settled {
		d.base = base
	} else {
		d.rebase(base)
	}
	if !again {
		d.note(arrived, transit-d.base, 1)
	}
}

// AddRecovered is Add for a packet that was lost and came in or with another one: it
// was as late as that. It counts more than one that is merely late, for it would be
// missed for sure.
func (d *DelayEstimator) AddRecovered(arrived, media int64) {
	if d.count > 0 {
		d.note(arrived, arrived-media-d.base, recoveredWeight)
		d.last = arrived
	}
}

// Restart is Add for the first packet after a pause: its sender's clock may have
// stood still, so that it is the measure now, until a quicker one comes.
func (d *DelayEstimator) Restart(arrived, media int64) {
	transit := arrived - media
	if d.count > 0 && transit-d.base < newStream {
		d.note(arrived, transit-d.base, 1)
	}
	d.now, d.base, d.windowStart, d.previousWindow = transit, transit, arrived, false
	d.last, d.settled = arrived, arrived+settling
	d.count++
}

// Late is how much later a packet comes than the quickest.
func (d *DelayEstimator) Late(arrived, media int64) int64 { return arrived - media - d.base }

// note enters how late one packet is.
func (d *DelayEstimator) note(arrived, late int64, weight float64) {
	late = max(late, 0)
	d.count++
	for i := range d.histogram {
		d.histogram[i] *= forgetFactor
	}
	d.histogram[min((late+bucketLength/2)/bucketLength, buckets-1)] += weight * (1 - forgetFactor)
	d.weight = d.weight*forgetFactor + weight*(1-forgetFactor)
	if q := d.quantile(); q >= d.held || arrived > d.heldUntil {
		d.held, d.heldUntil = q, arrived+hold
	}
}

// rebase moves what is known along where the quickest packet has changed.
func (d *DelayEstimator) rebase(base int64) {
	for n := 0; base <= d.base-bucketLength && n < buckets; n++ {
		d.base -= bucketLength
		d.histogram[buckets-1] += d.histogram[buckets-2]
		copy(d.histogram[1:buckets-1], d.histogram[:buckets-2])
		d.histogram[0] = 0
	}
	for n := 0; base >= d.base+bucketLength && n < buckets; n++ {
		d.base += bucketLength
		d.histogram[0] += d.histogram[1]
		copy(d.histogram[1:], d.histogram[2:])
		d.histogram[buckets-1] = 0
	}
	d.base = base
}

func (d *DelayEstimator) quantile() int {
	sum := 0.0
	for i, h := range d.histogram {
		if sum += h; sum >= targetQuantile*d.weight {
			return i * bucketLength
		}
	}
	return (buckets - 1) * bucketLength
}

// Target is how much sound to hold back, behind the quickest packet, in samples.
func (d *DelayEstimator) Target() int {
	if d.count < startPackets {
		return max(startDelay, d.quantile())
	}
	return max(d.held, minDelay)
}
