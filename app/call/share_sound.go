package call

import (
	"fmt"
	"sync/atomic"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"

	"foyer/media/audio"
	"foyer/media/device"
)

// sharedSound sends what other programs play beside a shared screen: stereo music,
// with nothing done to it and nothing left out in silence.
type sharedSound struct {
	capture device.Capture
	sender  *audio.Sender
	track   *voiceTrack
	pub     *publication
	bytes   atomic.Uint64
	packets atomic.Uint64
}

// startShareSound publishes the system's sound.
func (k *Call) startShareSound() error {
	capture, err := k.c.OpenSystemSound()
	if err != nil {
		return fmt.Errorf("share sound: %w", err)
	}
	s := &sharedSound{capture: capture}
	if err := k.publishShareSound(s); err != nil {
		capture.Close()
		return err
	}
	if err := capture.Start(s.sender.Block); err != nil {
		k.closeShareSound(s)
		return fmt.Errorf("share sound: %w", err)
	}
	k.mu.Lock()
	k.screenSound = s
	k.mu.Unlock()
	return nil
}

func (k *Call) publishShareSound(s *sharedSound) error {
	sealer, err := k.newSealerFor("OPUS")
	if err != nil {
		return fmt.Errorf("share sound: %w", err)
	}
	s.track = newVoiceTrack(guid.New("TR_"), false, &k.announcer.codecs, &k.bits.receptions, func(r rtcp.ReceptionReport) {
		s.sender.SetLoss(float64(r.FractionLost) / 256)
	})
	if s.sender, err = audio.NewSender(audio.SenderConfig{Content: audio.Music, Write: func(p audio.Packet) {
		var err error
		if p.Payload, err = sealer.seal(p.Payload); err != nil {
			return // nothing goes out in clear
		}
		s.bytes.Add(uint64(s.track.send(p, 0)))
		s.packets.Add(1)
	}}); err != nil {
		return fmt.Errorf("share sound: %w", err)
	}
	s.pub, err = k.published.start(ScreenAudio, s.track.ID(), false, func(r *livekit.AddTrackRequest) {
		r.DisableRed = true
		r.AudioFeatures = []livekit.AudioTrackFeature{livekit.AudioTrackFeature_TF_STEREO, livekit.AudioTrackFeature_TF_NO_DTX}
	}, func() error {
		_, err := k.room.LocalParticipant.PublishTrack(s.track, &lksdk.TrackPublicationOptions{
			Name: string(ScreenAudio), Source: livekit.TrackSource_SCREEN_SHARE_AUDIO, DisableDTX: true, Stereo: true, Encryption: k.encryption(),
		})
		return err
	}, func(err error) {
		k.verbs.do(func() {
			if k.screenSound == s {
				k.endShareSound()
				k.update(func() {
					k.local.SharingSound, k.local.ShareSoundError = false, fmt.Errorf("publish the shared sound: %w", err)
				})
			}
		})
	})
	if err != nil {
		s.sender.Close()
		return fmt.Errorf("publish the shared sound: %w", err)
	}
	return nil
}

func (k *Call) closeShareSound(s *sharedSound) {
	s.capture.Close()
	s.sender.Close()
	s.pub.end()
}

// endShareSound takes the shared sound back.
func (k *Call) endShareSound() {
	s := k.screenSound
	if s == nil {
		return
	}
	k.closeShareSound(s)
	k.mu.Lock()
	k.screenSound = nil
	k.mu.Unlock()
}
