package call

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"

	"foyer/media/audio"
	"foyer/media/device"
)

// microphone sends our voice. The device stays open while muted: levels go on,
// and the first word after unmuting is not cut.
type microphone struct {
	capture device.Capture
	sender  *audio.Sender
	track   *voiceTrack
	pub     *publication
	content audio.Content
	plan    voicePlan     // of the following goroutine
	depth   atomic.Int32  // redundancy
	lost    atomic.Uint64 // float64 bits of what the server lost lately, 0 to 1
	lossAt  atomic.Int64  // when something was lost last, nanoseconds since 1970
	bytes   atomic.Uint64
	packets atomic.Uint64
	done    chan struct{}
	ended   sync.WaitGroup
}

func (m *microphone) level() float64 { return m.sender.Level() }

// err says why a real device is silent at the moment.
func (m *microphone) err() error {
	if h, ok := m.capture.(device.Health); ok {
		return h.Err()
	}
	return nil
}

// startMicrophone opens and publishes a microphone, muted unless on.
func (k *Call) startMicrophone(id string, on bool) {
	err := k.openMicrophone(id, on)
	k.update(func() {
		k.local.Microphone, k.local.MicrophoneError = id, err
		k.local.tries.microphone++
		k.local.MicrophoneOn, k.local.SpokeMuted = err == nil && on, false
		k.local.MutedByHost = k.local.MutedByHost && !k.local.MicrophoneOn
	})
}

func (k *Call) openMicrophone(id string, on bool) error {
	if !k.mayPublish() {
		return ErrForbidden
	}
	open := k.c.OpenMicrophone
	if k.treatment.Music {
		open = k.c.OpenStereoMicrophone
	}
	capture, err := open(id)
	if err != nil {
		return fmt.Errorf("open microphone: %w", err)
	}
	m := &microphone{capture: capture, content: k.treatment.content(), done: make(chan struct{})}
	if err := k.publishMicrophone(m, on); err != nil {
		capture.Close()
		return err
	}
	if err := capture.Start(m.sender.Block); err != nil {
		k.closeMicrophone(m)
		return fmt.Errorf("start microphone: %w", err)
	}
	m.ended.Add(1)
	go k.followLine(m)
	k.mu.Lock()
	k.microphone = m
	k.mu.Unlock()
	return nil
}

// publishMicrophone makes the sender and the track.
func (k *Call) publishMicrophone(m *microphone, on bool) error {
	sealer, err := k.newSealerFor("OPUS")
	if err != nil {
		return fmt.Errorf("make a microphone track: %w", err)
	}
	// What is sealed goes without redundancy: the server would have to take it apart
	// for those who take none.
	m.track = newVoiceTrack(guid.New("TR_"), k.aead == nil, &k.announcer.codecs, &k.bits.receptions, m.hear)
	m.plan = m.plan.next(voiceLine{rate: k.bits.rate()}, m.content)
	config := audio.SenderConfig{Content: m.content, BitRate: m.plan.rate, Processing: k.treatment.processing(), SpokeMuted: k.spokeMuted}
	if _, real := m.capture.(device.Health); real {
		config.Played = k.mixer.Played() // files and tones have no echo
	}
	config.Write = func(p audio.Packet) {
		var err error
		if p.Payload, err = sealer.seal(p.Payload); err != nil {
			return // nothing goes out in clear
		}
		m.bytes.Add(uint64(m.track.send(p, int(m.depth.Load()))))
		m.packets.Add(1)
	}
	if m.sender, err = audio.NewSender(config); err != nil {
		return fmt.Errorf("open microphone: %w", err)
	}
	m.sender.SetMuted(!on)
	features := m.features(k.treatment, config.Played != nil)
	m.pub, err = k.published.start(Microphone, m.track.ID(), !on, func(r *livekit.AddTrackRequest) {
		r.DisableRed, r.AudioFeatures = !m.track.redundant, features
	}, func() error {
		_, err := k.room.LocalParticipant.PublishTrack(m.track, &lksdk.TrackPublicationOptions{
			Name: string(Microphone), Source: livekit.TrackSource_MICROPHONE, DisableDTX: !m.content.DTX(),
			Stereo: m.content.Channels() == 2, Encryption: k.encryption(),
		})
		return err
	}, func(err error) {
		k.verbs.do(func() {
			if k.microphone == m {
				k.stopMicrophone()
				k.update(func() { k.local.MicrophoneError = fmt.Errorf("publish microphone: %w", err) })
			}
		})
	})
	if err != nil {
		m.sender.Close()
		return fmt.Errorf("publish microphone: %w", err)
	}
	return nil
}

// features is what the server and the others are told of the track.
func (m *microphone) features(t Treatment, processed bool) (list []livekit.AudioTrackFeature) {
	if m.content.Channels() == 2 {
		list = append(list, livekit.AudioTrackFeature_TF_STEREO)
	}
	if !m.content.DTX() {
		list = append(list, livekit.AudioTrackFeature_TF_NO_DTX)
	}
	if !processed || t.Music {
		return list
	}
	if !t.EchoOff {
		list = append(list, livekit.AudioTrackFeature_TF_ECHO_CANCELLATION)
	}
	if !t.NoiseOff {
		list = append(list, livekit.AudioTrackFeature_TF_NOISE_SUPPRESSION)
	}
	if !t.GainOff {
		list = append(list, livekit.AudioTrackFeature_TF_AUTO_GAIN_CONTROL)
	}
	return list
}

// lossMemory is what is kept of a loss from one report to the next.
const lossMemory = 0.8

// hear takes what the server reports of our packets.
func (m *microphone) hear(r rtcp.ReceptionReport) {
	loss := float64(r.FractionLost) / 256
	if loss > 0 {
		m.lossAt.Store(time.Now().UnixNano())
	}
	was := math.Float64frombits(m.lost.Load())
	m.lost.Store(math.Float64bits(max(loss, was*lossMemory)))
}

// followEvery is how often the plan follows the line.
const followEvery = 500 * time.Millisecond

// followLine fits what is sent to what the line carries.
func (k *Call) followLine(m *microphone) {
	defer m.ended.Done()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	defer k.bits.voice.Store(0)
	m.lossAt.Store(time.Now().UnixNano())
	for {
		l := voiceLine{rate: k.bits.rate(), rtt: k.roundTrip(), loss: math.Float64frombits(m.lost.Load()),
			calm: time.Since(time.Unix(0, m.lossAt.Load())), red: m.track.agreed()}
		m.plan = m.plan.next(l, m.content)
		m.sender.SetBitRate(m.plan.rate)
		m.sender.SetPacketTime(m.plan.packet)
		m.sender.SetLoss(m.plan.left(l.loss))
		m.depth.Store(int32(m.plan.redundancy))
		used := m.plan.total()
		if !k.localState().MicrophoneOn {
			used = 0
		}
		k.bits.voice.Store(int64(used))
		select {
		case <-m.done:
			return
		case <-tick.C:
		}
	}
}

// spokeMuted notes that somebody speaks into a muted microphone. It runs on the
// sender's goroutine.
func (k *Call) spokeMuted() {
	k.verbs.do(func() {
		if k.localState().MicrophoneOn || k.microphone == nil {
			return
		}
		k.update(func() { k.local.SpokeMuted = true })
	})
}

func (k *Call) muteMicrophone(muted bool) {
	m := k.microphone
	if m == nil {
		if !muted { // it may have come back
			k.startMicrophone(k.localState().Microphone, true)
		}
		return
	}
	m.sender.SetMuted(muted)
	// Known here before the server knows: who asks at once gets the new state.
	k.update(func() {
		if !muted && !k.local.MicrophoneOn {
			k.local.tries.microphone++ // a silent device is told again
		}
		k.local.MicrophoneOn, k.local.SpokeMuted = !muted, false
		k.local.MutedByHost = k.local.MutedByHost && muted
	})
	m.pub.mute(muted)
}

func (k *Call) stopMicrophoneDevice() {
	m := k.microphone
	if m == nil {
		return
	}
	k.closeMicrophone(m)
	k.mu.Lock()
	k.microphone = nil
	k.mu.Unlock()
}

func (k *Call) closeMicrophone(m *microphone) {
	close(m.done)
	m.ended.Wait()
	m.capture.Close()
	m.sender.Close()
	m.pub.end()
}

func (k *Call) stopMicrophone() {
	k.stopMicrophoneDevice()
	k.update(func() { k.local.MicrophoneOn = false })
}

// startSpeaker plays the mix. Without a device the mix runs by the clock.
func (k *Call) startSpeaker(id string) {
	p, err := k.c.OpenSpeaker(id)
	if err == nil {
		err = p.Start(k.mixer.Render)
	}
	if err != nil {
		err = fmt.Errorf("open speaker: %w", err)
		if p, silent := device.OpenSpeaker(device.None); silent == nil && p.Start(k.mixer.Render) == nil {
			k.speaker = p
		}
	} else {
		k.speaker = p
	}
	k.update(func() {
		k.local.Speaker, k.local.SpeakerError = id, err
		k.local.tries.speaker++
	})
}

func (k *Call) stopSpeaker() {
	if k.speaker != nil {
		_ = k.speaker.Close()
		k.speaker = nil
	}
}
