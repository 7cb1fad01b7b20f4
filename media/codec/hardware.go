package codec

import (
	"errors"
	"fmt"
	"sync"

	"foyer/media/video"
)

// Policy says what NewEncoder and NewDecoder may open.
type Policy int

const (
	Automatic    Policy = iota // hardware that works, else software
	SoftwareOnly               // never hardware
)

// Setup is how this process uses hardware.
type Setup struct {
	Policy Policy
	// Child is the command that runs ProbeChild, to which a candidate's ID is
	// appended: drivers are tried there first, where a crash does no harm. With
	// none, hardware is never used.
	Child []string
	// Cache is the folder that keeps what was found; empty: none.
	Cache string
}

// Configure sets how this process uses hardware. It is called once at start,
// before the first encoder, decoder or Probe; the zero Setup holds without it.
func Configure(s Setup) {
	machine.mu.Lock()
	machine.setup = s
	machine.works = nil
	machine.mu.Unlock()
}

// machine is what is known of this machine's hardware.
var machine struct {
	mu    sync.Mutex
	setup Setup
	works map[string]bool // candidate's ID; by Probe
	hangs map[string]bool // candidate's ID; for as long as this process runs
}

type direction string

const (
	encoding direction = "encode"
	decoding direction = "decode"
)

// candidate is a way to hardware that may be there.
type candidate struct {
	id             string // unique
	codec          Name
	direction      direction
	implementation string // for people
	// missing says why it cannot be there, without touching a driver.
	missing func() string
	encoder func(EncoderConfig) (encodeEngine, error)
	decoder func() (decodeEngine, error)
}

// candidates are those of this system, the best of each kind first.
var candidates = systemCandidates()

func candidateOf(id string) (candidate, bool) {
	for _, c := range candidates {
		if c.id == id {
			return c, true
		}
	}
	return candidate{}, false
}

// usable are the candidates that Probe found to work and that have not failed since.
func usable(n Name, d direction) []candidate {
	machine.mu.Lock()
	defer machine.mu.Unlock()
	var u []candidate
	if machine.setup.Policy == SoftwareOnly {
		return nil
	}
	for _, c := range candidates {
		if c.codec == n && c.direction == d && machine.works[c.id] && !machine.hangs[c.id] {
			u = append(u, c)
		}
	}
	return u
}

// settle notes whether a candidate works.
func (c candidate) settle(works bool) {
	machine.mu.Lock()
	defer machine.mu.Unlock()
	if machine.works == nil {
		machine.works = map[string]bool{}
	}
	machine.works[c.id] = works
}

// fail notes that a candidate failed while running. One that hangs is not used again,
// whatever another probe says: each time would leave a goroutine behind.
func (c candidate) fail(err error) {
	c.settle(false)
	if !errors.Is(err, errHangs) {
		return
	}
	machine.mu.Lock()
	defer machine.mu.Unlock()
	if machine.hangs == nil {
		machine.hangs = map[string]bool{}
	}
	machine.hangs[c.id] = true
}

// Below these many pixels, hardware saves nothing: copying costs what software does.
const (
	hardwareEncodes = 640 * 360
	hardwareDecodes = 1280 * 720
)

// hardwareFor says whether hardware is right for a job, where there is some. For
// text, software AV1 and VP9 have tools that hardware lacks.
func hardwareFor(n Name, c Content, w, h int) bool {
	return w*h >= hardwareEncodes && (c == Motion || n == H264 || n == VP8)
}

// openHardware opens the first hardware encoder that will have it.
func (e *encoder) openHardware() bool {
	if !hardwareFor(e.codec, e.config.Content, e.config.Width, e.config.Height) {
		return false
	}
	for _, c := range usable(e.codec, encoding) {
		conf := e.config
		conf.BitRate, conf.FrameRate = int(e.rate.Load()), float64(e.frameRate.Load())/1000
		engine, err := watchEncoder(c.encoder, conf)
		if errors.Is(err, errHangs) {
			c.fail(err)
		}
		if err != nil {
			continue // no more sessions, a size it does not take: another may
		}
		e.config = conf
		e.use(engine, implementation{c.implementation, true})
		e.failed = c.fail
		return true
	}
	return false
}

// openHardware opens the first hardware decoder that shows the key frame at once.
func (d *decoder) openHardware(key []byte) {
	for _, c := range usable(d.codec, decoding) {
		engine, err := watchDecoder(c.decoder)
		var f *video.Frame
		if err == nil {
			engine.limit(d.most)
			f, err = engine.decode(key, &d.pool)
		}
		if errors.Is(err, errHangs) {
			c.fail(err)
		}
		if engine == nil {
			continue
		}
		if err != nil || f == nil {
			engine.close()
			continue
		}
		f.Release() // the same picture is here already
		d.engine.close()
		d.use(engine, implementation{c.implementation, true})
		d.failed = c.fail
		d.silent = 0
		return
	}
}

// ErrNoCandidate says that ProbeChild was given an unknown name.
var ErrNoCandidate = errors.New("no such codec candidate")

func noCandidate(id string) error { return fmt.Errorf("%q: %w", id, ErrNoCandidate) }
