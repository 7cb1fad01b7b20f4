package codec

import (
	"testing"
	"time"

	"foyer/media/video"
)

// stuck is a driver that stops answering after some pictures, until let go.
type stuck struct {
	encodeEngine
	left        int
	let, closed chan struct{}
}

func (e *stuck) encode(f *video.Frame, pts, duration int64, key bool) ([]byte, bool, error) {
	if e.left--; e.left < 0 {
		<-e.let
	}
	return e.encodeEngine.encode(f, pts, duration, key)
}

func (e *stuck) close() {
	e.encodeEngine.close()
	close(e.closed)
}

type stuckDecoder struct {
	decodeEngine
	left        int
	let, closed chan struct{}
}

func (d *stuckDecoder) decode(data []byte, pool *video.Pool) (*video.Frame, error) {
	if d.left--; d.left < 0 {
		<-d.let
	}
	return d.decodeEngine.decode(data, pool)
}

func (d *stuckDecoder) close() {
	d.decodeEngine.close()
	close(d.closed)
}

// with makes a candidate the only hardware of this machine, and takes it to work.
func with(t *testing.T, c candidate) {
	t.Helper()
	all := candidates
	t.Cleanup(func() {
		candidates = all
		Configure(Setup{})
		machine.mu.Lock()
		machine.hangs = nil
		machine.mu.Unlock()
	})
	candidates = []candidate{c}
	Configure(Setup{})
	c.settle(true)
}

// A driver that hangs costs one picture's delay: software makes a key frame of it, and
// the driver is not asked again. When it does come back, it is closed.
func TestAnEncoderThatHangsIsLeft(t *testing.T) {
	was := hangsAfter
	hangsAfter = 2 * time.Second // this machine may be busy
	defer func() { hangsAfter = was }()
	let, closed := make(chan struct{}), make(chan struct{})
	c := candidate{id: "stuck", codec: H264, direction: encoding, implementation: "stuck",
		encoder: func(c EncoderConfig) (encodeEngine, error) {
			c.Threads = 1
			e, err := openOpenH264(c)
			return &stuck{e, fakeFrames, let, closed}, err
		}}
	with(t, c)
	conf := EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 500_000}
	e, d := open(t, H264, conf)
	frames(t, 640, 360, fakeFrames+5, func(f *video.Frame, i int) {
		p, ok, err := e.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, hardware := e.Implementation(); hardware != (i < fakeFrames) {
			t.Errorf("picture %d: hardware %v", i, hardware)
		}
		if !ok {
			return
		}
		if want := i == 0 || i == fakeFrames; p.Key != want {
			t.Errorf("picture %d: key %v, want %v", i, p.Key, want)
		}
		got, err := d.Decode(p.Data)
		if err != nil || got == nil {
			t.Fatalf("picture %d: %v, %v", i, got, err)
		}
		if n, _, ok := video.ReadCard(got); !ok || n != uint32(i) {
			t.Errorf("picture %d: read as %d, %v", i, n, ok)
		}
		got.Release()
	})
	c.settle(true) // as another probe would
	next, err := NewEncoder(H264, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if name, hardware := next.Implementation(); hardware {
		t.Errorf("%s is opened again after it hung", name)
	}
	e.Close() // does not wait for it
	select {
	case <-closed:
		t.Error("the driver was closed while it was at work")
	default:
	}
	close(let)
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("the driver was not closed when it came back")
	}
}

// A driver that hangs as it is opened is passed over.
func TestAnEncoderThatNeverOpensIsLeft(t *testing.T) {
	was := opensIn
	opensIn = 100 * time.Millisecond
	defer func() { opensIn = was }()
	let, closed := make(chan struct{}), make(chan struct{})
	with(t, candidate{id: "shut", codec: H264, direction: encoding, implementation: "shut",
		encoder: func(c EncoderConfig) (encodeEngine, error) {
			<-let
			c.Threads = 1
			e, err := openOpenH264(c)
			return &stuck{e, 1, let, closed}, err
		}})
	e, err := NewEncoder(H264, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 500_000})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if name, hardware := e.Implementation(); hardware {
		t.Errorf("opened %s", name)
	}
	close(let)
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("the driver was not closed when it opened at last")
	}
}

// A decoder that hangs costs a key frame at most.
func TestADecoderThatHangsIsLeft(t *testing.T) {
	was := hangsAfter
	hangsAfter = 2 * time.Second
	defer func() { hangsAfter = was }()
	let, closed := make(chan struct{}), make(chan struct{})
	with(t, candidate{id: "stuck", codec: VP8, direction: decoding, implementation: "stuck",
		decoder: func() (decodeEngine, error) {
			d, err := openVPXDecoder(VP8)
			return &stuckDecoder{d, fakeFrames, let, closed}, err
		}})
	e, d := open(t, VP8, EncoderConfig{Width: 1280, Height: 720, FrameRate: 30, BitRate: 2_000_000})
	failed := -1
	frames(t, 1280, 720, fakeFrames+5, func(f *video.Frame, i int) {
		if failed == i-1 && i > 0 {
			e.ForceKeyFrame()
		}
		p, ok, err := e.Encode(f)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		got, err := d.Decode(p.Data)
		if err != nil && failed >= 0 {
			t.Fatalf("picture %d: %v, after the failure at %d", i, err, failed)
		}
		if err != nil {
			failed = i
			return
		}
		if n, _, ok := video.ReadCard(got); !ok || n != uint32(i) {
			t.Errorf("picture %d: read as %d, %v", i, n, ok)
		}
		got.Release()
		if _, hardware := d.Implementation(); hardware != (failed < 0) {
			t.Errorf("picture %d: hardware %v", i, hardware)
		}
	})
	if failed != fakeFrames {
		t.Errorf("failed at picture %d, want %d", failed, fakeFrames)
	}
	close(let)
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("the driver was not closed when it came back")
	}
}

// Watching costs no memory, picture by picture.
func TestWatchdogAllocatesNothing(t *testing.T) {
	with(t, candidate{id: "works", codec: H264, direction: encoding, implementation: "works",
		encoder: func(c EncoderConfig) (encodeEngine, error) { c.Threads = 1; return openOpenH264(c) }})
	e, err := NewEncoder(H264, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 500_000})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, hardware := e.Implementation(); !hardware {
		t.Fatal("the watchdog is not at work")
	}
	var pool video.Pool
	f := pool.Get(640, 360)
	defer f.Release()
	n := 0
	step := func() {
		f.Captured = f.Captured.Add(33e6)
		n++
		e.SetBitRate(500_000 + n%2*50_000)
		if _, _, err := e.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if a := testing.AllocsPerRun(50, step); a > 0 {
		t.Errorf("%.1f allocations a frame, want none", a)
	}
}

// BenchmarkWatchdog is what handing a picture to the driver's goroutine and back takes.
func BenchmarkWatchdog(b *testing.B) {
	dog := newWatchdog(func() {})
	defer dog.close()
	f := func() {}
	for b.Loop() {
		if err := dog.run(hangsAfter, f); err != nil {
			b.Fatal(err)
		}
	}
}
