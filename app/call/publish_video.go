package call

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// What is asked of a camera and of a screen.
var (
	cameraFormat  = device.CameraFormat{Width: 1280, Height: 720, FrameRate: 30}
	screenOptions = device.ScreenOptions{FrameRate: 30}
)

// previewEvery is how much time lies between the pictures of our own screen that we see.
const previewEvery = 200 * time.Millisecond

// maxScreen is the longest side of a shared screen that is sent, in pixels.
const maxScreen = 1920

// publisher sends one source of pictures: it reads, shows ourselves, and gives
// each frame to the layers that are wanted, which encode side by side. It outlives
// muting: the publication stays, and the reader is opened anew.
type publisher struct {
	k       *Call
	source  Source
	content codec.Content
	pub     *publication
	ladders []*ladder // the codec that we prefer, then one for those who cannot decode it

	// Of the reading goroutine.
	over     overuse
	taken    time.Time      // capture time of the last frame that was sent
	viewed   time.Time      // of the last one that is shown here
	encoding sync.WaitGroup // layers that are at it still

	reader  video.Reader
	reading sync.WaitGroup

	frames atomic.Uint64
	width  atomic.Int64
	height atomic.Int64
}

// ladder is one codec's encodings of a source, smallest first.
type ladder struct {
	layers []*layer
	sizes  []*layer   // of the one layer that carries several (SVC): their rates
	shares allocation // of the reading goroutine
	fill   fill       // of the reading goroutine
}

// newLadder makes a ladder's layers and their tracks, not published yet.
func newLadder(k *Call, n codec.Name, content codec.Content, source Source, rungs []video.Layer) (*ladder, error) {
	id := fmt.Sprintf("%s-%08x", source, rand.Uint32())
	a := &ladder{}
	for i, r := range rungs {
		l, err := newLayer(k, n, content, r)
		if err != nil {
			return nil, fmt.Errorf("make a %s track: %w", source, err)
		}
		var options []lksdk.LocalTrackOptions
		if len(rungs) > 1 {
			// LiveKit's server finds these RIDs by itself only in a section of the offer that
			// is new to it, and pion uses sections again.
			options = append(options, lksdk.WithSimulcast(id, &livekit.VideoLayer{
				Quality: layerQuality[r.RID], Width: uint32(r.Width), Height: uint32(r.Height), Bitrate: uint32(r.BitRate),
				Rid: r.RID, SpatialLayer: int32(i),
			}))
		}
		if err := l.newTrack(options...); err != nil {
			return nil, fmt.Errorf("make a %s track: %w", source, err)
		}
		a.layers = append(a.layers, l)
	}
	return a, nil
}

func (a *ladder) tracks() (list []*lksdk.LocalTrack) {
	for _, l := range a.layers {
		list = append(list, l.track)
	}
	return list
}

// wanted says that somebody needs this codec.
func (a *ladder) wanted() bool {
	return slices.ContainsFunc(a.layers, func(l *layer) bool { return l.probe.wanted() })
}

// all are the layers of every codec.
func (p *publisher) all() (list []*layer) {
	for _, a := range p.ladders {
		list = append(list, a.layers...)
	}
	return list
}

var layerQuality = map[string]livekit.VideoQuality{
	"q": livekit.VideoQuality_LOW, "h": livekit.VideoQuality_MEDIUM, "f": livekit.VideoQuality_HIGH,
}

// newPublisher publishes tracks for a source whose first frame has the size.
func newPublisher(k *Call, source Source, width, height int) (*publisher, error) {
	p := &publisher{k: k, source: source}
	rungs := video.Ladder(width, height, cameraFormat.FrameRate)
	lk := livekit.TrackSource_CAMERA
	if source == Screen {
		p.content, lk = codec.Detail, livekit.TrackSource_SCREEN_SHARE
		width, height = shrink(width, height, maxScreen)
		rungs = []video.Layer{video.ScreenLayer(width, height, screenOptions.FrameRate)}
	}
	if p.content == codec.Motion && k.sendsLayered(rungs) {
		return p, p.publishLayered(lk, rungs)
	}
	if n := k.c.CameraCodec; p.content == codec.Motion && (n == codec.VP9 || n == codec.AV1) {
		rungs = rungs[len(rungs)-1:]
	}
	names := k.codecs(p.content, rungs)
	for i, n := range names {
		a, err := newLadder(k, n, p.content, source, rungs)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			for _, l := range a.layers {
				l.probe.since = time.Time{} // not before somebody asks
			}
		}
		p.ladders = append(p.ladders, a)
	}
	o := &lksdk.TrackPublicationOptions{Name: string(source), Source: lk, VideoWidth: width, VideoHeight: height,
		Encryption: k.encryption(), BackupCodecPolicy: livekit.BackupCodecPolicy_SIMULCAST}
	tracks := p.ladders[0].tracks()
	publish := func() (err error) {
		switch {
		case len(tracks) > 1:
			_, err = k.room.LocalParticipant.PublishSimulcastTrack(tracks, o)
		case len(p.ladders) > 1:
			_, err = k.room.LocalParticipant.PublishTrack(tracks[0], o, lksdk.WithBackupCodec(p.ladders[1].layers[0].track))
		default:
			_, err = k.room.LocalParticipant.PublishTrack(tracks[0], o)
		}
		return err
	}
	// The client says of single tracks only how they are encrypted.
	if err := p.publish(tracks[0].ID(), func(r *livekit.AddTrackRequest) { r.Encryption = k.encryption() }, publish); err != nil {
		return nil, err
	}
	return p, nil
}

// publish publishes the track of that ID. Where that fails later, after an outage,
// the source ends.
func (p *publisher) publish(cid string, change func(*livekit.AddTrackRequest), publish func() error) (err error) {
	k := p.k
	p.pub, err = k.published.start(p.source, cid, false, change, publish, func(err error) {
		err = fmt.Errorf("publish %s: %w", p.source, err)
		k.verbs.do(func() {
			switch p {
			case k.camera:
				k.stopCamera(true)
				k.update(func() { k.local.CameraError = err })
			case k.screen:
				k.endShare()
				k.update(func() { k.local.ShareError = err })
			}
		})
	})
	if err != nil {
		return fmt.Errorf("publish %s: %w", p.source, err)
	}
	return nil
}

// codecs are what a source is sent in: the best that this machine has time for,
// and one that everybody decodes for those who cannot decode that. With a key there is
// one alone, that is Sealable and that browsers read.
func (k *Call) codecs(c codec.Content, rungs []video.Layer) []codec.Name {
	if n := k.c.CameraCodec; n != "" && c == codec.Motion {
		return []codec.Name{n}
	}
	top := rungs[len(rungs)-1]
	j := codec.Job{Content: c, Width: top.Width, Height: top.Height, FrameRate: top.FrameRate, Simulcast: len(rungs) > 1}
	switch {
	case k.aead != nil: // browsers lose sealed pictures in H.264
		j.Allowed = []codec.Name{codec.VP8}
	case c == codec.Motion:
		j.Allowed = []codec.Name{codec.VP8, codec.H264}
	}
	choice := codec.Choose(j)
	if choice.Backup == "" {
		return []codec.Name{choice.Codec}
	}
	return []codec.Name{choice.Codec, choice.Backup}
}

// shrink fits a size into a square of the side, keeping its shape, even.
func shrink(width, height, side int) (int, int) {
	if longest := max(width, height); longest > side {
		width, height = width*side/longest, height*side/longest
	}
	return width &^ 1, height &^ 1
}

// start reads from r until stop, or until r fails; then failed is called.
func (p *publisher) start(r video.Reader, first *video.Frame, failed func(error)) {
	p.reader = r
	for _, l := range p.all() {
		l.start()
	}
	p.reading.Add(1)
	go func() {
		defer p.reading.Done()
		f := first
		for {
			if f == nil {
				var err error
				if f, err = r.Read(); err != nil {
					if !errors.Is(err, io.EOF) {
						failed(err)
					}
					return
				}
			}
			p.frames.Add(1)
			p.width.Store(int64(f.Width))
			p.height.Store(int64(f.Height))
			p.send(f)
			if p.source != Screen || f.Captured.Sub(p.viewed) >= previewEvery {
				p.viewed = f.Captured
				p.k.viewFrame(p.k.room.LocalParticipant.Identity(), p.source, f)
			}
			f.Release()
			f = nil
		}
	}()
}

// stop closes the reader and waits; the publication stays.
func (p *publisher) stop() {
	if p.reader != nil {
		p.reader.Close()
		p.reading.Wait()
		p.reader = nil
		for _, l := range p.all() {
			l.stop()
		}
	}
}

// unpublish takes the tracks back.
func (p *publisher) unpublish() {
	p.pub.end()
	for _, l := range p.all() {
		l.probe.Close()
	}
}

// send gives a frame to each wanted layer.
func (p *publisher) send(f *video.Frame) {
	now := time.Now()
	layers, every := p.withinMeans(now)
	if f.Captured.Sub(p.taken) < every {
		return
	}
	p.taken = f.Captured
	for _, a := range p.ladders {
		for _, l := range a.layers {
			l.withdraw()
		}
	}
	p.encoding.Wait()
	share, codecs := p.k.share(p.source), 0
	for _, a := range p.ladders {
		if a.wanted() {
			codecs++
		}
	}
	for _, a := range p.ladders {
		if a.sizes != nil {
			p.sendLayered(a, f, share, layers, now)
			continue
		}
		rates := a.shares.divide(a.layers[:min(layers, len(a.layers))], share/max(codecs, 1), now)
		if p.content == codec.Motion {
			a.pad(now, layers, rates, share/max(codecs, 1))
		}
		for i, l := range a.layers {
			rest := rates[i] == 0 || !l.probe.wanted()
			if rest {
				l.rest()
			} else {
				l.rate.Store(int64(rates[i]))
				l.resting.Store(false)
			}
			if !rest || p.content == codec.Detail { // a screen may stay as it is: whoever comes later wants to see it
				l.offer(f, &p.encoding)
			}
		}
	}
}

// pad fills a share with padding while it has no room for a layer that is wanted.
func (a *ladder) pad(now time.Time, layers int, rates [3]int, share int) {
	var missing bool
	var sent uint64
	best, last := 0, -1
	for i, l := range a.layers {
		sent += l.bytes.Load()
		if i >= layers || !l.probe.wanted() {
			continue
		}
		best += l.BitRate
		if rates[i] == 0 {
			missing = true
		} else {
			last = i
		}
	}
	if !missing || last < 0 {
		share = 0
	}
	if n := a.fill.add(now, sent, min(share, best)); n > 0 {
		a.layers[last].padding.Store(int64(n))
	}
}

// withinMeans says what this machine can encode: how many layers, and how much
// time must lie between frames. A camera keeps its frame rate and gives up its
// large layers; a screen keeps its size.
func (p *publisher) withinMeans(now time.Time) (layers int, every time.Duration) {
	var most load
	for _, a := range p.ladders {
		layers = max(layers, len(a.layers), len(a.sizes))
		for _, l := range a.layers {
			if one := l.load(); one.busy >= most.busy {
				most = one
			}
		}
	}
	level := p.over.add(now, most)
	if p.k.c.Steady {
		level = 0
	}
	if p.content == codec.Motion {
		all := layers
		layers = max(1, layers-level)
		level -= all - layers
	}
	if level == 0 {
		return layers, 0
	}
	// A little less than whole frames, so that none is left out by chance.
	return layers, time.Duration(float64(time.Second)/cameraFormat.FrameRate*float64(int(1)<<level)) - 5*time.Millisecond
}

// share is what a source may send, in bits per second. What people look at goes
// first: a shared screen leaves the camera a third, or what it has no use for.
func (k *Call) share(s Source) int {
	all := k.bits.video()
	if !k.sharing.Load() {
		return all
	}
	screen := min(video.ScreenLayer(maxScreen, maxScreen*9/16, screenOptions.FrameRate).BitRate, max(all*2/3, all-cameraRoom))
	if s == Screen {
		return screen
	}
	return all - screen
}

// cameraRoom is what a camera needs beside a shared screen, in bits per second.
const cameraRoom = 700_000

// mayPublish says whether our role lets us send pictures and sound.
func (k *Call) mayPublish() bool {
	p := k.room.LocalParticipant.Permissions()
	return p == nil || p.CanPublish
}

// setSending shows a publisher to Stats.
func (k *Call) setSending(s Source, p *publisher) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p == nil {
		delete(k.sending, s)
	} else {
		k.sending[s] = p
	}
}
