package call

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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

// sealedCamera is the longest side of a camera's one layer in a meeting with an
// end-to-end key, in pixels.
const sealedCamera = 960

// maxScreen is the longest side of a shared screen that is sent, in pixels.
const maxScreen = 1920

// publisher sends one source of pictures: it reads, shows ourselves, and gives
// each frame to the layers that are wanted, which encode side by side. It outlives
// muting: the publication stays, and the reader is opened anew.
type publisher struct {
	k       *Call
	source  Source
	content codec.Content
	pub     *lksdk.LocalTrackPublication
	layers  []*layer

	// Of the reading goroutine.
	shares allocation
	over   overuse
	taken  time.Time // capture time of the last frame that was sent

	reader  video.Reader
	reading sync.WaitGroup

	frames atomic.Uint64
	width  atomic.Int64
	height atomic.Int64
}

var layerQuality = map[string]livekit.VideoQuality{
	"q": livekit.VideoQuality_LOW, "h": livekit.VideoQuality_MEDIUM, "f": livekit.VideoQuality_HIGH,
}

// newPublisher publishes tracks for a source whose first frame has the size.
func newPublisher(k *Call, source Source, width, height int) (*publisher, error) {
	p := &publisher{k: k, source: source}
	ladder := video.Ladder(width, height, cameraFormat.FrameRate)
	lk := livekit.TrackSource_CAMERA
	if k.aead != nil {
		// LiveKit's Go client cannot announce simulcast tracks as sealed: one layer of
		// middling size, which everybody can read.
		w, h := shrink(width, height, sealedCamera)
		ladder = video.Ladder(w, h, cameraFormat.FrameRate)
		ladder = ladder[len(ladder)-1:]
	}
	if source == Screen {
		p.content, lk = codec.Detail, livekit.TrackSource_SCREEN_SHARE
		width, height = shrink(width, height, maxScreen)
		ladder = []video.Layer{video.ScreenLayer(width, height, screenOptions.FrameRate)}
	}
	id := fmt.Sprintf("%s-%08x", source, rand.Uint32())
	tracks := make([]*lksdk.LocalTrack, 0, len(ladder))
	for _, l := range ladder {
		y, err := newLayer(k, codec.VP8, p.content, l)
		if err != nil {
			return nil, fmt.Errorf("make a %s track: %w", source, err)
		}
		var options []lksdk.LocalTrackOptions
		if len(ladder) > 1 {
			options = append(options, lksdk.WithSimulcast(id, &livekit.VideoLayer{
				Quality: layerQuality[l.RID], Width: uint32(l.Width), Height: uint32(l.Height), Bitrate: uint32(l.BitRate),
			}))
		}
		if err := y.newTrack(options...); err != nil {
			return nil, fmt.Errorf("make a %s track: %w", source, err)
		}
		p.layers = append(p.layers, y)
		tracks = append(tracks, y.track)
	}
	o := &lksdk.TrackPublicationOptions{Name: string(source), Source: lk, VideoWidth: width, VideoHeight: height, Encryption: k.encryption()}
	var err error
	if len(tracks) > 1 {
		p.pub, err = k.room.LocalParticipant.PublishSimulcastTrack(tracks, o)
	} else {
		p.pub, err = k.room.LocalParticipant.PublishTrack(tracks[0], o)
	}
	if err != nil {
		return nil, fmt.Errorf("publish %s: %w", source, err)
	}
	return p, nil
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
	for _, l := range p.layers {
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
			p.k.viewFrame(p.k.room.LocalParticipant.Identity(), p.source, f)
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
		for _, l := range p.layers {
			l.stop()
		}
	}
}

// unpublish takes the tracks back.
func (p *publisher) unpublish() {
	if p.pub != nil {
		_ = p.k.room.LocalParticipant.UnpublishTrack(p.pub.SID()) // gone already when the room is
	}
	for _, l := range p.layers {
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
	rates := p.shares.divide(p.layers[:layers], p.k.share(p.source), now)
	for i, l := range p.layers {
		if rates[i] == 0 || !l.probe.wanted() {
			l.rest()
			continue
		}
		l.rate.Store(int64(rates[i]))
		l.offer(f)
	}
}

// withinMeans says what this machine can encode: how many layers, and how much
// time must lie between frames. A camera keeps its frame rate and gives up its
// large layers; a screen keeps its size.
func (p *publisher) withinMeans(now time.Time) (layers int, every time.Duration) {
	var most load
	for _, l := range p.layers {
		if one := l.load(); one.busy >= most.busy {
			most = one
		}
	}
	level := p.over.add(now, most)
	layers = len(p.layers)
	if p.content == codec.Motion {
		layers = max(1, len(p.layers)-level)
		level -= len(p.layers) - layers
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
