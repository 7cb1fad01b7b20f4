package call

import "time"

// fill is how much padding makes up for what is not sent of a rate. A layer that
// the estimate has no room for comes back only when there is room, and that is not
// known before something is sent there (libwebrtc pads up to the next layer too).
// The zero value is ready. It belongs to one goroutine.
type fill struct {
	at     time.Time
	sent   uint64  // bytes
	credit float64 // bits
}

const (
	fillLongest = 100 * time.Millisecond // what is made up for at once
	fillDebt    = 500 * time.Millisecond // how long a large picture counts
	fillLeast   = 255 * 8                // bits: RTP's longest padding (RFC 3550, 5.1)
)

// add takes the bytes sent so far and the rate to fill in bits per second, 0 for
// none, and returns how many packets of padding to send now.
func (f *fill) add(now time.Time, sent uint64, rate int) int {
	since := min(now.Sub(f.at), fillLongest)
	if f.at.IsZero() || rate == 0 {
		f.at, f.sent, f.credit = now, sent, 0
		return 0
	}
	f.credit += since.Seconds()*float64(rate) - float64(sent-f.sent)*8
	f.at, f.sent = now, sent
	f.credit = max(f.credit, -fillDebt.Seconds()*float64(rate))
	if f.credit < fillLeast {
		return 0
	}
	n := int(min(f.credit, fillLongest.Seconds()*float64(rate)) / fillLeast)
	f.credit = 0
	return n
}
