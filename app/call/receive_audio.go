package call

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"foyer/media/audio"
)

// remoteVoice carries one remote sound to the mixer.
type remoteVoice struct {
	identity string
	source   Source
	voice    *audio.Voice
	bytes    atomic.Uint64
	jitter   *jitter
	clock    clock
	red      atomic.Bool // the newest packet was redundant audio
	ended    sync.WaitGroup
}

// subscribe takes over a track that has begun to arrive.
func (k *Call) subscribe(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant) {
	source, ok := sourceOf(pub.Source(), pub.Kind())
	if !ok {
		return
	}
	if t.Kind() == webrtc.RTPCodecTypeVideo {
		k.subscribeVideo(t, pub, from, source)
		return
	}
	k.mu.Lock()
	admitted := k.admit(pub.SID(), from.Identity(), source)
	k.mu.Unlock()
	if !admitted {
		k.refuse(pub)
		return
	}
	channels := 1
	if source == ScreenAudio || slices.Contains(pub.TrackInfo().GetAudioFeatures(), livekit.AudioTrackFeature_TF_STEREO) {
		channels = 2
	}
	voice, err := k.mixer.Add(channels)
	if err != nil {
		return // no decoder: nothing to hear, and the call goes on
	}
	v := &remoteVoice{identity: from.Identity(), source: source, voice: voice, jitter: newVoiceJitter()}
	pub.OnRTCP(func(p rtcp.Packet) {
		if r, ok := p.(*rtcp.SenderReport); ok && r.SSRC == uint32(t.SSRC()) {
			v.clock.set(r, audio.SampleRate)
		}
	})
	seal := k.sealOf(pub, "OPUS")
	k.mu.Lock()
	if k.state == Left {
		k.mu.Unlock()
		voice.Close()
		return
	}
	voice.SetShared(source == ScreenAudio)
	voice.SetVolume(k.loudnessOf(v.identity).gain())
	voice.SetPlace(k.places[v.identity])
	old := k.voices[pub.SID()]
	k.voices[pub.SID()] = v
	v.ended.Add(1)
	k.mu.Unlock()
	if old != nil {
		old.voice.Close()
	}
	go func() {
		defer v.ended.Done()
		defer voice.Close()
		for {
			p, _, err := t.ReadRTP()
			if err != nil {
				return // the track has ended
			}
			v.bytes.Add(uint64(len(p.Payload)))
			v.jitter.add(time.Now(), p.Timestamp)
			var ok bool
			if p.Payload, ok = seal.open(p.Payload); !ok {
				continue
			}
			// Which of them it is may change from packet to packet: one that is too
			// long to be carried again goes as it is.
			red := strings.EqualFold(t.Codec().MimeType, redCodec)
			if v.red.Store(red); red {
				voice.PushRED(p)
			} else {
				voice.Push(p)
			}
		}
	}()
	k.changed()
}

// unsubscribe forgets a track that has ended; its goroutine ends by itself. The room
// may be locked: what asks it comes later.
func (k *Call) unsubscribe(sid string) {
	k.mu.Lock()
	voice, picture := k.voices[sid], k.videos[sid]
	delete(k.voices, sid)
	delete(k.videos, sid)
	delete(k.unreadable, sid)
	k.mu.Unlock()
	if voice != nil {
		voice.voice.Close()
	}
	if voice != nil {
		k.verbs.do(func() { k.succeed(voice.identity, voice.source) })
	}
	if picture != nil {
		k.clearView(picture.identity, picture.source)
		k.verbs.do(func() { k.succeed(picture.identity, picture.source) })
	}
	k.changed()
}

// stop waits for the goroutine; the room must be disconnected.
func (v *remoteVoice) stop() { v.ended.Wait() }

// codec is what the sound comes in.
func (v *remoteVoice) codec() string {
	if v.red.Load() {
		return "red"
	}
	return "opus"
}
