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
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// What is asked of a camera and of a screen.
var (
	cameraFormat  = device.CameraFormat{Width: 1280, Height: 720, FrameRate: 30}
	screenOptions = device.ScreenOptions{FrameRate: 30}
)

// maxScreen is the longest side of a shared screen that is sent, in pixels.
const maxScreen = 1920

const (
	rtpMTU       = 1200
	videoClock   = 90_000
	keyRequestIn = 300 * time.Millisecond // requests within that are one
)

// publisher sends one source of pictures: it reads, shows ourselves, scales,
// encodes each wanted layer, and packs. It outlives muting: the publication
// stays, and the reader is opened anew.
type publisher struct {
	k       *Call
	source  Source
	content codec.Content
	pub     *lksdk.LocalTrackPublication
	layers  []*layer

	reader  video.Reader
	reading sync.WaitGroup

	frames atomic.Uint64
	width  atomic.Int64
	height atomic.Int64
}

// layer is one simulcast layer on its way out. Its encoder belongs to the
// reading goroutine.
type layer struct {
	video.Layer
	track   *lksdk.LocalTrack
	probe   *wantedProbe
	packer  rtp.Packetizer
	enc     codec.Encoder
	pool    video.Pool
	lastPTS time.Time
	ts      uint32
	rate    int

	key      atomic.Bool
	lastKey  atomic.Int64 // Unix nanoseconds of the last key frame made on request
	bytes    atomic.Uint64
	packets  atomic.Uint64
	frames   atomic.Uint64
	requests atomic.Uint64
	resting  atomic.Bool
}

var layerQuality = map[string]livekit.VideoQuality{
	"q": livekit.VideoQuality_LOW, "h": livekit.VideoQuality_MEDIUM, "f": livekit.VideoQuality_HIGH,
}

var vp8 = webrtc.RTPCodecCapability{
	MimeType: webrtc.MimeTypeVP8, ClockRate: videoClock,
	RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"}, {Type: "goog-remb"}, {Type: "transport-cc"}},
}

// newPublisher publishes tracks for a source whose first frame has the size.
func newPublisher(k *Call, source Source, width, height int) (*publisher, error) {
	p := &publisher{k: k, source: source}
	ladder := video.Ladder(width, height, cameraFormat.FrameRate)
	lk := livekit.TrackSource_CAMERA
	if source == Screen {
		p.content, lk = codec.Detail, livekit.TrackSource_SCREEN_SHARE
		width, height = shrink(width, height, maxScreen)
		ladder = []video.Layer{video.ScreenLayer(width, height, screenOptions.FrameRate)}
	}
	id := fmt.Sprintf("%s-%08x", source, rand.Uint32())
	tracks := make([]*lksdk.LocalTrack, 0, len(ladder))
	for _, l := range ladder {
		y := &layer{Layer: l, rate: l.BitRate, ts: rand.Uint32()}
		options := []lksdk.LocalTrackOptions{lksdk.WithRTCPHandler(y.onRTCP)}
		if len(ladder) > 1 {
			options = append(options, lksdk.WithSimulcast(id, &livekit.VideoLayer{
				Quality: layerQuality[l.RID], Width: uint32(l.Width), Height: uint32(l.Height), Bitrate: uint32(l.BitRate),
			}))
		}
		t, err := lksdk.NewLocalTrack(vp8, options...)
		if err != nil {
			return nil, fmt.Errorf("make a %s track: %w", source, err)
		}
		y.track = t
		y.packer = rtp.NewPacketizer(rtpMTU, 0, 0, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), videoClock)
		y.probe = newWantedProbe()
		if err := t.StartWrite(y.probe, nil); err != nil {
			return nil, fmt.Errorf("make a %s track: %w", source, err)
		}
		p.layers = append(p.layers, y)
		tracks = append(tracks, t)
	}
	o := &lksdk.TrackPublicationOptions{Name: string(source), Source: lk, VideoWidth: width, VideoHeight: height}
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
		l.key.Store(true)
	}
	p.reading.Add(1)
	go func() {
		defer p.reading.Done()
		defer p.closeEncoders()
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
			p.k.viewFrame(p.k.room.LocalParticipant.Identity(), p.source, f)
			p.width.Store(int64(f.Width))
			p.height.Store(int64(f.Height))
			p.send(f)
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

func (p *publisher) closeEncoders() {
	for _, l := range p.layers {
		if l.enc != nil {
			l.enc.Close()
			l.enc = nil
		}
	}
}

// allocate divides the estimate among layers, the small ones first; what gets
// less than half of its rate rests.
func (p *publisher) allocate(bits int) {
	for i, l := range p.layers {
		give := min(l.BitRate, bits)
		if i > 0 && give < l.BitRate/2 {
			give = 0
		}
		bits -= give
		l.rate = give
	}
}

// send encodes a frame into each wanted layer.
func (p *publisher) send(f *video.Frame) {
	share := p.k.bits.video()
	if p.source == Camera && p.k.sharing.Load() {
		share /= 3 // the screen is what people look at
	}
	p.allocate(share)
	p.frames.Add(1)
	for _, l := range p.layers {
		if l.rate == 0 || !l.probe.wanted() {
			l.resting.Store(true)
			l.key.Store(true) // whoever comes back needs a whole picture
			continue
		}
		l.resting.Store(false)
		if err := l.send(f, p.content); err != nil {
			// The encoder is made anew for the next frame.
			if l.enc != nil {
				l.enc.Close()
				l.enc = nil
			}
		}
	}
}

func (l *layer) send(f *video.Frame, content codec.Content) error {
	w, h := l.Width, l.Height
	if content == codec.Detail { // a screen that changes its shape keeps it
		w, h = shrink(f.Width, f.Height, maxScreen)
		if l.enc != nil && (w != l.Width || h != l.Height) {
			l.enc.Close()
			l.enc = nil
		}
		l.Width, l.Height = w, h
	}
	if l.enc == nil {
		e, err := codec.NewEncoder(codec.VP8, codec.EncoderConfig{Width: w, Height: h, FrameRate: l.FrameRate, BitRate: l.rate, Content: content})
		if err != nil {
			return fmt.Errorf("encode layer %s: %w", l.RID, err)
		}
		l.enc = e
	}
	from := f
	if f.Width != w || f.Height != h {
		from = l.pool.Get(w, h)
		defer from.Release()
		video.Scale(from, f)
	}
	if l.key.Load() {
		now := time.Now().UnixNano()
		if now-l.lastKey.Load() > int64(keyRequestIn) {
			l.key.Store(false)
			l.lastKey.Store(now)
			l.enc.ForceKeyFrame()
		}
	}
	l.enc.SetBitRate(l.rate)
	pkt, ok, err := l.enc.Encode(from)
	if err != nil || !ok {
		return err
	}
	step := uint32(videoClock / l.FrameRate)
	if !l.lastPTS.IsZero() {
		step = uint32(max(int64(pkt.Captured.Sub(l.lastPTS))*9/100_000, 1))
	}
	l.lastPTS = pkt.Captured
	l.ts += step
	for _, q := range l.packer.Packetize(pkt.Data, 0) {
		q.Timestamp = l.ts
		l.bytes.Add(uint64(len(q.Payload)))
		l.packets.Add(1)
		if err := l.track.WriteRTP(q, nil); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			return fmt.Errorf("send layer %s: %w", l.RID, err)
		}
	}
	l.frames.Add(1)
	return nil
}

// onRTCP hears what receivers ask for.
func (l *layer) onRTCP(p rtcp.Packet) {
	switch p.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		l.requests.Add(1)
		l.key.Store(true)
	}
}

// startCamera opens the camera and publishes it, or unmutes what is published.
// Verbs queue only, as everything that touches devices.
func (k *Call) startCamera() {
	if k.localState().CameraOn {
		return
	}
	err := k.openCamera(k.localState().Camera)
	k.update(func() {
		k.local.CameraOn, k.local.CameraError = err == nil, err
	})
}

func (k *Call) openCamera(id string) error {
	if !k.mayPublish() {
		return ErrForbidden
	}
	r, err := k.c.OpenCamera(id, cameraFormat)
	if err != nil {
		return fmt.Errorf("open camera: %w", err)
	}
	first, err := r.Read()
	if err != nil {
		r.Close()
		return fmt.Errorf("open camera: %w", err)
	}
	if k.camera == nil {
		if k.camera, err = newPublisher(k, Camera, first.Width, first.Height); err != nil {
			first.Release()
			r.Close()
			return err
		}
	} else {
		k.camera.pub.SetMuted(false)
	}
	k.setCameraPublisher(k.camera)
	k.camera.start(r, first, func(err error) {
		k.verbs.do(func() {
			if k.camera != nil && k.camera.reader == r {
				k.stopCamera(false)
				k.update(func() { k.local.CameraError = err })
			}
		})
	})
	return nil
}

// stopCamera closes the camera; entirely also takes the publication back.
func (k *Call) stopCamera(entirely bool) {
	if k.camera != nil {
		k.camera.stop()
		if entirely {
			k.camera.unpublish()
			k.camera = nil
			k.setCameraPublisher(nil)
		} else {
			k.camera.pub.SetMuted(true)
		}
		k.clearView(k.room.LocalParticipant.Identity(), Camera)
	}
	k.update(func() { k.local.CameraOn, k.local.CameraError = false, nil })
}

// startShare captures and publishes a monitor.
func (k *Call) startShare(id string) error {
	k.endShare()
	err := k.openShare(id)
	k.update(func() {
		k.local.Sharing, k.local.ShareError = err == nil, err
		if err == nil {
			k.local.SharedScreen = id
		}
	})
	return err
}

func (k *Call) openShare(id string) error {
	if !k.mayPublish() {
		return ErrForbidden
	}
	r, err := k.c.OpenScreen(id, screenOptions)
	if err != nil {
		return fmt.Errorf("share screen: %w", err)
	}
	first, err := r.Read()
	if err != nil {
		r.Close()
		return fmt.Errorf("share screen: %w", err)
	}
	p, err := newPublisher(k, Screen, first.Width, first.Height)
	if err != nil {
		first.Release()
		r.Close()
		return err
	}
	k.screen = p
	k.setScreenPublisher(p)
	k.sharing.Store(true)
	p.start(r, first, func(err error) {
		k.verbs.do(func() {
			if k.screen == p {
				k.endShare()
				k.update(func() { k.local.ShareError = err })
			}
		})
	})
	return nil
}

// endShare takes the shared screen back.
func (k *Call) endShare() {
	if k.screen == nil {
		return
	}
	k.screen.stop()
	k.screen.unpublish()
	k.screen = nil
	k.setScreenPublisher(nil)
	k.sharing.Store(false)
	k.clearView(k.room.LocalParticipant.Identity(), Screen)
	k.update(func() { k.local.Sharing, k.local.SharedScreen = false, "" })
}

// mayPublish says whether our role lets us send pictures and sound.
func (k *Call) mayPublish() bool {
	p := k.room.LocalParticipant.Permissions()
	return p == nil || p.CanPublish
}

// setCameraPublisher and setScreenPublisher show the publishers to Stats.
func (k *Call) setCameraPublisher(p *publisher) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sending[Camera] = p
}

func (k *Call) setScreenPublisher(p *publisher) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sending[Screen] = p
}
