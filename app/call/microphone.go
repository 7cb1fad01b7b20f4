package call

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"foyer/media/audio"
	"foyer/media/device"
)

// microphone sends our voice. The device stays open while muted: levels go on,
// and the first word after unmuting is not cut.
type microphone struct {
	capture device.Capture
	sender  *audio.Sender
	pub     *lksdk.LocalTrackPublication
	bytes   atomic.Uint64
	packets atomic.Uint64
}

var opusCodec = webrtc.RTPCodecCapability{
	MimeType: webrtc.MimeTypeOpus, ClockRate: audio.SampleRate, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
	RTCPFeedback: []webrtc.RTCPFeedback{{Type: "transport-cc"}},
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
		k.local.MicrophoneOn = err == nil && on
	})
}

func (k *Call) openMicrophone(id string, on bool) error {
	if !k.mayPublish() {
		return ErrForbidden
	}
	capture, err := k.c.OpenMicrophone(id)
	if err != nil {
		return fmt.Errorf("open microphone: %w", err)
	}
	m := &microphone{capture: capture}
	track, err := lksdk.NewLocalTrack(opusCodec, lksdk.WithRTCPHandler(m.onRTCP))
	if err != nil {
		capture.Close()
		return fmt.Errorf("make a microphone track: %w", err)
	}
	sealer, err := k.newSealerFor("OPUS")
	if err != nil {
		capture.Close()
		return fmt.Errorf("make a microphone track: %w", err)
	}
	sequencer, ts := rtp.NewRandomSequencer(), rand.Uint32()
	marker := true
	last := time.Now()
	var config audio.SenderConfig
	if _, real := capture.(device.Health); real {
		config.Played = k.mixer.Played() // files and tones have no echo
	}
	config.Write = func(payload []byte, d time.Duration, level float64) {
		ts += uint32(d.Seconds() * audio.SampleRate)
		if pause := time.Since(last); pause > 200*time.Millisecond {
			// Time went on while muted (RFC 3550, 5.1).
			ts += uint32(pause.Seconds()*audio.SampleRate) / 960 * 960
			marker = true
		}
		last = time.Now()
		payload, err := sealer.seal(payload)
		if err != nil {
			return // nothing goes out in clear
		}
		p := &rtp.Packet{Header: rtp.Header{Version: 2, Marker: marker, SequenceNumber: sequencer.NextSequenceNumber(), Timestamp: ts}, Payload: payload}
		marker = false
		loudness := uint8(min(max(-level, 0), 127))
		m.bytes.Add(uint64(len(payload)))
		m.packets.Add(1)
		_ = track.WriteRTP(p, &lksdk.SampleWriteOptions{AudioLevel: &loudness}) // fails while reconnecting: the next one then
	}
	if m.sender, err = audio.NewSender(config); err != nil {
		capture.Close()
		return fmt.Errorf("open microphone: %w", err)
	}
	m.sender.SetMuted(!on)
	if m.pub, err = k.room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{
		Name: string(Microphone), Source: livekit.TrackSource_MICROPHONE, DisableDTX: true, Encryption: k.encryption(),
	}); err != nil {
		m.sender.Close()
		capture.Close()
		return fmt.Errorf("publish microphone: %w", err)
	}
	if !on {
		m.pub.SetMuted(true)
	}
	if err := capture.Start(m.sender.Block); err != nil {
		m.sender.Close()
		capture.Close()
		_ = k.room.LocalParticipant.UnpublishTrack(m.pub.SID())
		return fmt.Errorf("start microphone: %w", err)
	}
	k.mu.Lock()
	k.microphone = m
	k.mu.Unlock()
	return nil
}

// onRTCP drives forward error correction by what gets lost on the way.
func (m *microphone) onRTCP(p rtcp.Packet) {
	if r, ok := p.(*rtcp.ReceiverReport); ok && m.sender != nil {
		for _, report := range r.Reports {
			m.sender.SetLoss(float64(report.FractionLost) / 256)
		}
	}
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
	k.update(func() { k.local.MicrophoneOn = !muted })
	m.pub.SetMuted(muted)
}

// onMute follows a host who mutes us. It runs for every track, ours and theirs.
func (k *Call) onMute(pub lksdk.TrackPublication, _ lksdk.Participant) {
	k.changed()
	k.verbs.do(func() {
		if m := k.microphone; m != nil && m.pub.SID() == pub.SID() && pub.IsMuted() && k.localState().MicrophoneOn {
			m.sender.SetMuted(true)
			k.update(func() { k.local.MicrophoneOn = false })
		}
		if c := k.camera; c != nil && c.pub.SID() == pub.SID() && pub.IsMuted() && k.localState().CameraOn {
			k.stopCamera(false)
		}
	})
}

func (k *Call) stopMicrophoneDevice() {
	m := k.microphone
	if m == nil {
		return
	}
	m.capture.Close()
	m.sender.Close()
	_ = k.room.LocalParticipant.UnpublishTrack(m.pub.SID()) // gone already when the room is
	k.mu.Lock()
	k.microphone = nil
	k.mu.Unlock()
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
	k.update(func() { k.local.Speaker, k.local.SpeakerError = id, err })
}

func (k *Call) stopSpeaker() {
	if k.speaker != nil {
		_ = k.speaker.Close()
		k.speaker = nil
	}
}
