package call

import (
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
)

func TestTheRateFallsAtOnceAndClimbsBackWithinSeconds(t *testing.T) {
	now := time.Unix(1000, 0)
	c := climb{rate: startRate}
	step := func(falling bool, in float64) (rate int) {
		now = now.Add(50 * time.Millisecond)
		wait := time.Duration(0)
		if falling {
			wait = 2 * waitShort
		}
		return c.add(now, path{0, falling, wait, c.rate, in}) // all of it is sent
	}
	step(false, startRate)
	if got := step(true, 500_000); got != 425_000 {
		t.Fatalf("the rate fell to %d; want 85 %% of what arrived", got)
	}
	var rate int
	for range 16 { // most of a second
		rate = step(false, c.rate)
	}
	if rate < 450_000 || rate > 500_000 {
		t.Errorf("near what the line last carried the rate is %d within a second; want less than that", rate)
	}
	for range 120 { // six more
		rate = step(false, c.rate)
	}
	if rate < 3_000_000 {
		t.Errorf("seven seconds after a fall the rate is %d; want enough for every layer", rate)
	}
	for range 400 {
		rate = step(false, c.rate)
	}
	if rate != maxRate {
		t.Errorf("the rate is %d in the end; want %d", rate, maxRate)
	}
	// A line that is as it was is known again soon.
	step(true, 2_000_000)
	c.rate = 400_000
	for range 50 {
		rate = step(false, c.rate)
	}
	if rate < 1_800_000 || rate > 2_200_000 {
		t.Errorf("two and a half seconds below what the line last carried the rate is %d; want about that", rate)
	}
	for range 40 { // two more
		rate = step(false, min(c.rate, 2_000_000))
	}
	if rate > 2_700_000 {
		t.Errorf("over a line that carries 2 Mbit/s the rate is %d", rate)
	}
}

func TestTheRateDoesNotClimbFastOnWhatIsNotSent(t *testing.T) {
	now := time.Unix(1000, 0)
	c := climb{rate: 400_000}
	var rate int
	for range 100 { // five seconds
		now = now.Add(50 * time.Millisecond)
		rate = c.add(now, path{delay: 400_000, out: 100_000, in: 100_000})
	}
	if rate < 560_000 || rate > 600_000 {
		t.Errorf("the rate is %d; want 8 %% a second more than 400000", rate)
	}
}

func TestAQueueThatStandsIsDrained(t *testing.T) {
	now := time.Unix(1000, 0)
	c := climb{rate: 600_000}
	c.add(now, path{delay: 600_000, out: 500_000, in: 500_000})
	now = now.Add(time.Second)
	p := path{delay: 600_000, out: 500_000, in: 500_000, wait: 2 * waitMost}
	if got := c.add(now, p); got != 425_000 {
		t.Errorf("behind a long queue the rate is %d; want 425000", got)
	}
	p.in = 480_000
	if got := c.add(now.Add(100*time.Millisecond), p); got != 408_000 {
		t.Errorf("as more becomes known of the line the rate is %d; want 408000", got)
	}
	c.rate = 425_000
	p = path{delay: 600_000, out: 420_000, in: 500_000, wait: waitLong + 1}
	if got := c.add(now.Add(5*time.Second), p); got != 425_000 {
		t.Errorf("behind a queue the rate is %d; want what it was", got)
	}
	p = path{delay: 50_000, falling: true, out: 420_000, in: 420_000, wait: waitShort}
	if got := c.add(now.Add(6*time.Second), p); got < 425_000 {
		t.Errorf("a delay with no queue made the rate fall to %d", got)
	}
}

func TestLossBoundsTheRate(t *testing.T) {
	now := time.Unix(1000, 0)
	l := loss{limit: maxRate}
	second := func(all, lost, rate int) (limit int) {
		for range 20 {
			now = now.Add(51 * time.Millisecond)
			limit = l.add(now, all/20, lost/20, rate)
		}
		return limit
	}
	for range 5 {
		if got := second(400, 20, 2_000_000); got != maxRate {
			t.Fatalf("5 %% of loss bound the rate to %d", got)
		}
	}
	limit := 0
	for range 3 {
		limit = second(400, 80, 2_000_000)
	}
	if limit > 1_900_000 || limit < 1_400_000 {
		t.Errorf("three seconds of 20 %% of loss bound the rate to %d; want a tenth less each", limit)
	}
	for range 60 {
		limit = second(400, 80, 2_000_000)
	}
	if limit != lossFloor {
		t.Errorf("lasting loss bounds the rate to %d; want %d", limit, lossFloor)
	}
	for range 15 {
		limit = second(400, 0, 2_000_000)
	}
	if limit != maxRate {
		t.Errorf("after the loss the rate is bound to %d; want %d", limit, maxRate)
	}
	l = loss{limit: maxRate}
	for range 10 {
		now = now.Add(time.Second)
		if got := l.add(now, 1, 1, 2_000_000); got != maxRate {
			t.Fatalf("a few packets bound the rate to %d", got)
		}
	}
}

func TestRetransmissionsPassTheEstimator(t *testing.T) {
	e, err := newEstimator(func(estimate) {})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	info := &interceptor.StreamInfo{SSRC: 7, SSRCRetransmission: 8, PayloadTypeRetransmission: 97}
	written := 0
	w := e.AddStream(info, interceptor.RTPWriterFunc(func(*rtp.Header, []byte, interceptor.Attributes) (int, error) {
		written++
		return 0, nil
	}))
	if info.SSRCRetransmission != 0 {
		t.Errorf("retransmissions would go to stream %d, which the pacer does not know", info.SSRCRetransmission)
	}
	if _, err := w.Write(&rtp.Header{Version: 2, SSRC: 7}, make([]byte, 100), interceptor.Attributes{}); err != nil || written != 1 {
		t.Fatalf("%d packets written: %v", written, err)
	}
	if got := e.sent.Load(); got != 112 {
		t.Errorf("%d bytes counted; want 112", got)
	}
}
