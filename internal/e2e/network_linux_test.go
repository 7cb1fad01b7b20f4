package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/network"
	"foyer/internal/e2e/sound"
	"foyer/media/codec"
	"foyer/media/video"
)

// The places of a call over a bad network.
const (
	serving  = "server"
	sending  = "ann"
	watching = "bob"
)

// remote is a call over lines that can be made worse: Ann shows a test card and
// plays a tone, Bob watches and listens.
type remote struct {
	t     *testing.T
	net   *network.Network
	ann   *person
	bob   *person
	heard string // WAV file of what Bob hears
	large int    // width of the largest layer, in pixels
}

func callOver(t *testing.T) *remote {
	t.Helper()
	return callWith(t, 1280, "--camera", "test")
}

// callWith is callOver with a camera of the width.
func callWith(t *testing.T, width int, camera ...string) *remote {
	t.Helper()
	need(t, network.Missing())
	n, err := network.New(within(t, 20*time.Second), serving, sending, watching)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &remote{t: t, net: n, large: width, heard: t.TempDir() + "/bob.wav"}
	tone := t.TempDir() + "/tone.wav"
	if err := sound.Sine(440, 0.3, 30*time.Second).Write(tone); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	h := awaitReady(t, &host{data: data, Program: runWithin(t, n.Within(serving), quietEnv(t),
		serveArgs(data, "--listen", n.Address(serving)+":0", "--public-host", n.Address(serving))...)})
	r.bob = joinWithin(t, n.Within(watching), quietEnv(t), h.link(t, "guest"), "Bob", "--speaker", r.heard)
	r.limit(4_000_000)
	r.ann = joinWithin(t, n.Within(sending), quietEnv(t), h.link(t, "host"), "Ann", append(camera, "--microphone", tone)...)
	r.bob.awaitTone(0, 440)
	r.awaitLarge(40 * time.Second)
	return r
}

func (r *remote) limit(rate int) {
	r.t.Helper()
	if err := r.net.Limit(within(r.t, 10*time.Second), sending, rate); err != nil {
		r.t.Fatal(err)
	}
}

// awaitLarge waits until the large layer comes, and returns when it did.
func (r *remote) awaitLarge(d time.Duration) time.Time {
	r.t.Helper()
	list := r.watchUntil(d, func(list []second) bool { return len(list) > 0 && list[len(list)-1].Width == r.large })
	return list[len(list)-1].at
}

// second is what Bob saw and heard in about a second.
type second struct {
	card
	at    time.Time
	tone  float64
	sound call.TrackStats
	video call.TrackStats
}

// watch follows Bob's reports for a time.
func (r *remote) watch(d time.Duration) (list []second) {
	r.t.Helper()
	begun := time.Now()
	return r.watchUntil(d+20*time.Second, func(list []second) bool { return time.Since(begun) >= d && len(list) >= 3 })
}

// watchUntil follows Bob's reports until something has come, within a time.
func (r *remote) watchUntil(d time.Duration, come func([]second) bool) (list []second) {
	r.t.Helper()
	ctx := within(r.t, d)
	mark := r.bob.Lines.Len()
	for !come(list) {
		l, next, err := r.bob.Lines.Wait(ctx, mark, isStats)
		if err != nil {
			r.t.Fatalf("what is waited for does not come: %v", err)
		}
		mark = next
		s := hear(l)
		one := second{at: s.Stats.At, card: s.card(r.ann.identity, call.Camera), tone: s.Heard.Tone440}
		for _, k := range s.Stats.Tracks {
			if k.Identity == r.ann.identity && k.Source == call.Microphone {
				one.sound = k
			}
			if k.Identity == r.ann.identity && k.Source == call.Camera {
				one.video = k
			}
		}
		list = append(list, one)
		rate, layers := r.sends()
		r.t.Logf("Ann may send %.0f kbit/s, %d layers; Bob sees %dx%d, %.0f fps, %.0f kbit/s, latency to %.0f ms, gap to %.0f ms, sound made up %v",
			rate/1000, layers, one.Width, one.Height, one.video.FrameRate, one.video.BitRate/1000, one.LatestMS, one.GapMS, one.sound.Concealed)
	}
	return list
}

// sends is what Ann last said of her estimate, and of her camera's layers.
func (r *remote) sends() (rate float64, layers int) {
	lines := r.ann.Lines.Since(0)
	for i := len(lines) - 1; i >= 0; i-- {
		if !isStats(lines[i]) {
			continue
		}
		s := hear(lines[i]).Stats
		for _, k := range s.Tracks {
			if k.Sent && k.Source == call.Camera {
				layers = k.Layers
			}
		}
		return s.Available, layers
	}
	return 0, 0
}

// longest is the largest of a number of each second.
func longest(list []second, of func(second) float64) (most float64) {
	for _, s := range list {
		most = max(most, of(s))
	}
	return most
}

// heardThroughout checks that the tone was heard (in nearly each second, where the
// machine has other things to do), and returns how much of the sound was made up,
// in percent.
func (r *remote) heardThroughout(while string, list []second) (concealed float64) {
	r.t.Helper()
	silent := 0
	for _, s := range list {
		if s.tone < 0.03 {
			silent++
		}
	}
	if silent*4 > len(list) {
		r.t.Errorf("%s: the tone was not heard in %d of %d seconds", while, silent, len(list))
	}
	fmt.Printf("figure: %s: seconds in which the tone was not heard %d (target 0)\n", while, silent)
	first, last := list[0], list[len(list)-1]
	return 100 * (last.sound.Concealed - first.sound.Concealed).Seconds() / last.at.Sub(first.at).Seconds()
}

// aim prints a figure beside its target. It fails beyond a bound that holds on a
// machine that has no time for the call too.
func aim(t *testing.T, name string, value, target, bound float64) {
	t.Helper()
	fmt.Printf("figure: %s %.0f (target %.0f)\n", name, value, target)
	if value > bound {
		t.Errorf("%s is %.0f; it must be at most %.0f, and on an idle machine %.0f", name, value, bound, target)
	}
}

// queue follows Ann's queue until stopped, and returns its lengths.
func (r *remote) queue() (stop func() []time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	var list []time.Duration
	var failed error
	following.Add(1)
	go func() {
		defer following.Done()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				d, err := r.net.Backlog(ctx, sending)
				if err != nil {
					if ctx.Err() == nil {
						failed = err
					}
					return
				}
				list = append(list, d)
			}
		}
	}()
	end := sync.OnceFunc(func() { cancel(); following.Wait() })
	r.t.Cleanup(end)
	return func() []time.Duration {
		end()
		if failed != nil {
			r.t.Error(failed)
		}
		slices.Sort(list)
		return list
	}
}

// A line becomes narrow and wide again: sound goes first, pictures shrink and come
// back, and the line's queue stays short.
func TestASqueezedLine(t *testing.T) {
	r := callOver(t)
	before := r.watch(4 * time.Second)
	r.limit(500_000)
	squeezed := r.watch(5 * time.Second) // while the call settles
	stop := r.queue()
	settled := r.watch(8 * time.Second)
	queue := stop()
	released := time.Now()
	r.limit(4_000_000)
	recovery := r.awaitLarge(40 * time.Second).Sub(released)
	after := r.watch(3 * time.Second)

	small := settled[len(settled)-1]
	if small.Width >= 1280 || small.Frames <= settled[0].Frames {
		t.Errorf("over a narrow line comes %dx%d, %d pictures in %d s", small.Width, small.Height, small.Frames-settled[0].Frames, len(settled))
	}
	latency := func(s second) float64 { return s.LatestMS }
	fitting := squeezed[len(squeezed)-1].sound.Concealed - before[len(before)-1].sound.Concealed
	made := r.heardThroughout("over a narrow line", settled)
	r.heardThroughout("before and after a narrow line", slices.Concat(before, after))
	// A try of a larger layer too early costs a key frame: no bound but the line's depth holds.
	aim(t, "squeeze: the line's queue after settling, longest, ms", milliseconds(queue[len(queue)-1]), 300, math.Inf(1))
	aim(t, "squeeze: the line's queue after settling, p95, ms", milliseconds(queue[len(queue)*95/100]), 300, math.Inf(1))
	aim(t, "squeeze: the line's queue after settling, p50, ms", milliseconds(queue[len(queue)/2]), 300, 600)
	aim(t, "squeeze: glass to glass before, longest, ms", longest(before, latency), 300, 5000)
	aim(t, "squeeze: glass to glass after settling, longest, ms", longest(settled, latency), 600, 5000)
	aim(t, "squeeze: large layer after release, ms", milliseconds(recovery), 8000, 30_000)
	aim(t, "squeeze: sound made up while settling, ms", milliseconds(fitting), 0, 4000)
	aim(t, "squeeze: sound made up after settling, percent", made, 2, 15)
}

// One stream of all sizes loses its large one over a narrow line, at the sender and
// for whoever watches, and gets it back.
func TestASqueezedStreamOfAllSizes(t *testing.T) {
	for _, n := range []codec.Name{codec.VP9, codec.AV1} {
		t.Run(string(n), func(t *testing.T) { testASqueezedStreamOfAllSizes(t, n) })
	}
}

func testASqueezedStreamOfAllSizes(t *testing.T, n codec.Name) {
	// Small and slow: a busy machine, too, would send less of what costs more.
	r := callWith(t, 640, "--camera", cardFile(t, 640, 360, 10), "--camera-codec", string(n))
	r.limit(250_000)
	r.watchUntil(60*time.Second, func(list []second) bool {
		_, layers := r.sends()
		n := len(list)
		return n >= 3 && layers == 1 && list[n-1].Width == 320 && list[n-1].Frames > list[n-3].Frames
	})
	r.limit(4_000_000)
	r.awaitLarge(60 * time.Second)
}

// cardFile is a Y4M file of a card, two seconds long.
func cardFile(t *testing.T, w, h, rate int) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", w, h, rate)
	var pool video.Pool
	card := video.NewCard(w, h)
	for i := range 2 * rate {
		f := pool.Get(w, h)
		card.Draw(f, uint32(i), time.Now())
		b.WriteString("FRAME\n")
		for _, plane := range [][]byte{f.Y, f.U, f.V} {
			b.Write(plane)
		}
		f.Release()
	}
	path := filepath.Join(t.TempDir(), "card.y4m")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Lost packets are sent again, on the way to the server and from it.
func TestALossyLine(t *testing.T) {
	r := callOver(t)
	for _, c := range []struct {
		line    string
		percent float64
	}{{sending, 5}, {sending, 10}, {watching, 5}, {watching, 10}} {
		while := fmt.Sprintf("loss of %.0f %% on the line of %s", c.percent, c.line)
		if err := r.net.Lose(within(t, 10*time.Second), c.line, c.percent/100); err != nil {
			t.Fatal(err)
		}
		list := r.watch(7 * time.Second)
		if err := r.net.Lose(within(t, 10*time.Second), c.line, 0); err != nil {
			t.Fatal(err)
		}
		made := r.heardThroughout(while, list)
		if first, last := list[0], list[len(list)-1]; last.Frames < first.Frames+uint64(5*len(list)) {
			t.Errorf("%s: %d pictures in %d s", while, last.Frames-first.Frames, len(list))
		}
		aim(t, while+": longest freeze, ms", longest(list, func(s second) float64 { return s.GapMS }), 500, 4000)
		aim(t, while+": sound made up, percent", made, c.percent, 4*c.percent)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
