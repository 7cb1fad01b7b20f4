package call

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"foyer/app/lkclient"
	"foyer/app/text"
	"foyer/media/audio"
	"foyer/media/device"
)

// Call is one joined meeting. All methods are safe for use by several
// goroutines and return quickly unless they take a context.
type Call struct {
	c         Config
	aead      cipher.AEAD // end-to-end key of frames; nil without one
	room      *lksdk.Room
	announcer *announcer
	published *publications
	data      *lkclient.Data
	guard     *lkclient.Guard
	mixer     *audio.Mixer
	bits      *bandwidth

	snapshots chan Snapshot
	dirty     chan struct{} // capacity 1
	done      chan struct{} // the call has ended
	leaving   chan struct{} // somebody wants it to end
	leave     sync.Once
	running   sync.WaitGroup // goroutines of the call
	looking   chan struct{}  // capacity 1: somebody looks at something new
	verbs     *queue
	requests  requests
	admin     bool         // our token rules the room
	chat      *queue       // lines that are sent
	unsent    atomic.Int32 // those that wait
	sendPace  linePace
	sharing   atomic.Bool
	decoders  chan struct{} // capacity: how many pictures are decoded at once
	slow      atomic.Int64  // how often the size of small tiles is halved

	// Owned by the verbs queue; microphone is set under mu too.
	camera, screen *publisher
	microphone     *microphone
	screenSound    *sharedSound
	speaker        device.Playback
	treatment      Treatment

	mu         sync.Mutex // guards what follows
	state      State
	ended      error
	local      Local
	messages   []Message
	numbered   uint64            // Seq of the last message
	held       []heldMessage     // of senders whom we do not know yet, oldest first
	names      map[string]string // by identity: those in the room, and some who were
	captions   []Caption
	streamed   map[string]bool // by identity: their captions come as text streams
	heard      map[messageID]bool
	views      map[viewKey]*view
	voices     map[string]*remoteVoice // by track ID
	videos     map[string]*remoteVideo // by track ID
	loudness   map[string]Loudness     // by identity
	places     map[string]float64      // by identity
	sending    map[Source]*publisher   // for Stats
	newest     Snapshot
	rates      map[string]rated     // of the last Stats
	seen       map[string]time.Time // by participant SID
	quality    map[string]Quality   // by participant SID
	unreadable map[string]bool      // by track ID
	surplus    map[string]bool      // by track ID: given back to the server

	budget pictureBudget
}

// Join connects, publishes what the config asks for, and returns once the
// meeting is joined. ctx bounds joining only. Errors wrap the package's sentinels.
func Join(ctx context.Context, c Config) (*Call, error) {
	if err := checkToken(c.Token, c.TokenFresh, time.Now()); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	c.fill()
	k := &Call{
		c: c, mixer: audio.NewMixer(), bits: newBandwidth(),
		snapshots: make(chan Snapshot, 1), dirty: make(chan struct{}, 1), done: make(chan struct{}), leaving: make(chan struct{}),
		looking: make(chan struct{}, 1), verbs: newQueue(), chat: newQueue(), requests: newRequests(), admin: roomAdmin(c.Token), sending: map[Source]*publisher{}, state: Joined,
		decoders: make(chan struct{}, runtime.GOMAXPROCS(0)),
		heard:    map[messageID]bool{}, names: map[string]string{}, streamed: map[string]bool{}, views: map[viewKey]*view{}, voices: map[string]*remoteVoice{}, videos: map[string]*remoteVideo{},
		loudness: map[string]Loudness{}, places: map[string]float64{}, seen: map[string]time.Time{}, quality: map[string]Quality{}, unreadable: map[string]bool{}, surplus: map[string]bool{},
	}
	if len(c.Key) > 0 {
		var err error
		if k.aead, err = newSealingKey(c.Key); err != nil {
			k.verbs.close()
			k.requests.close()
			return nil, fmt.Errorf("join: %w", err)
		}
	}
	maps.Copy(k.loudness, c.Loudness)
	k.treatment = c.Treatment
	k.local = Local{Camera: c.Camera, Microphone: c.Microphone, Speaker: c.Speaker}
	k.running.Add(1)
	go func() {
		defer k.running.Done()
		Prepare()
	}()
	if err := k.connect(ctx); err != nil {
		k.verbs.close()
		if k.published != nil {
			k.published.close()
		}
		k.requests.close()
		k.chat.close()
		k.running.Wait()
		return nil, err
	}
	k.verbs.do(func() {
		if c.Free != nil {
			select {
			case <-c.Free:
			case <-k.leaving:
				return
			}
		}
		k.startSpeaker(c.Speaker)
		k.startMicrophone(c.Microphone, c.MicrophoneOn)
		if c.CameraOn {
			k.startCamera()
		}
	})
	k.running.Add(2)
	go k.report()
	go k.adapt()
	return k, nil
}

func (k *Call) connect(ctx context.Context) error {
	held, err := pin(k.c.URL, k.c.Fingerprint)
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	log := silent()
	room := lksdk.NewRoom(k.callbacks())
	k.room = room
	keys, err := k.takeData()
	if err == nil {
		k.announcer, err = newAnnouncer(room, k.data.Connect)
	}
	if err != nil {
		held.release()
		return fmt.Errorf("join: %w", err)
	}
	k.published = newPublications(room, k.announcer, k.mutedByHost, k.withdraw)
	factories, err := k.bits.interceptors()
	if err != nil {
		held.release()
		return fmt.Errorf("join: %w", err)
	}
	options := []lksdk.ConnectOption{
		lksdk.WithAutoSubscribe(true), lksdk.WithInterceptors(factories), lksdk.WithIncludeDefaultInterceptors(true),
		lksdk.WithConnectTimeout(8 * time.Second), lksdk.WithLogger(log),
	}
	if red, err := withRedundancy(); err == nil {
		options = append(options, red)
	}
	if keys != nil {
		options = append(options, lksdk.WithDataEncryption(keys))
	}
	joined := make(chan error, 1)
	go func() { joined <- room.JoinWithContextAndToken(ctx, k.c.URL, k.c.Token, options...) }()
	select {
	case err = <-joined:
	case <-ctx.Done():
		// The client does not always heed its context: it is told to give up, and waited for.
		k.announcer.disconnect(room)
		<-joined
		err = ctx.Err()
	}
	if err == nil && !k.data.Taken() {
		err = fmt.Errorf("%w: it reads before it starts", lkclient.ErrOtherClient)
	}
	if err != nil {
		room.Disconnect()
		if held.mismatched() {
			err = errors.Join(ErrCertificate, err)
		}
		held.release()
		var why refusal
		if op := (*net.OpError)(nil); ctx.Err() == nil && !errors.As(err, &op) {
			why = k.askRefusal(ctx)
		}
		return fmt.Errorf("join %s: %w", text.Redact(k.c.URL), joinError(err, why, k.c.Token, time.Now()))
	}
	k.running.Add(1)
	go func() {
		defer k.running.Done()
		<-k.done
		held.release()
	}()
	if name := text.Name(k.c.Name); name != "" && name != room.LocalParticipant.Name() {
		k.SetName(name)
	}
	return nil
}

// callbacks tie LiveKit's events to the call. They run on LiveKit's goroutines
// and return quickly.
func (k *Call) callbacks() *lksdk.RoomCallback {
	cb := lksdk.NewRoomCallback()
	cb.OnParticipantConnected = func(*lksdk.RemoteParticipant) { k.changed() }
	cb.OnParticipantDisconnected = func(p *lksdk.RemoteParticipant) {
		k.guard.Leave(p.Identity())
		k.changed()
	}
	cb.OnActiveSpeakersChanged = func([]lksdk.Participant) { k.changed() }
	cb.OnRoomMetadataChanged = func(string) { k.changed() }
	cb.OnRecordingStatusChanged = func(bool) { k.changed() }
	cb.OnReconnecting = func() {
		k.published.goAway()
		k.setState(Reconnecting)
	}
	cb.OnReconnected = func() {
		k.published.comeBack()
		k.setState(Joined)
	}
	cb.OnDisconnected = nil
	cb.OnDisconnectedWithReason = func(r lksdk.DisconnectionReason) {
		// The room's own reason is finer; asked on another goroutine since the room may be locked.
		go k.finish(endError(r, k.room))
	}
	p := &cb.ParticipantCallback
	p.OnTrackMuted = func(lksdk.TrackPublication, lksdk.Participant) { k.changed() }
	p.OnTrackUnmuted = func(lksdk.TrackPublication, lksdk.Participant) { k.changed() }
	p.OnAttributesChanged = func(map[string]string, lksdk.Participant) { k.changed() }
	p.OnMetadataChanged = func(string, lksdk.Participant) { k.changed() }
	p.OnIsSpeakingChanged = func(lksdk.Participant) { k.changed() }
	p.OnConnectionQualityChanged = k.onQuality
	p.OnTrackPublished = func(*lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) { k.changed() }
	p.OnTrackUnpublished = func(pub *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
		k.update(func() { delete(k.surplus, pub.SID()) })
	}
	p.OnLocalTrackPublished = func(pub *lksdk.LocalTrackPublication, _ *lksdk.LocalParticipant) {
		k.published.add(pub)
		k.changed()
	}
	p.OnLocalTrackUnpublished = func(*lksdk.LocalTrackPublication, *lksdk.LocalParticipant) { k.changed() }
	p.OnTrackSubscribed = func(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant) {
		k.subscribe(t, pub, from)
	}
	p.OnTrackUnsubscribed = func(_ *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
		k.unsubscribe(pub.SID())
	}
	return cb
}

// endError says why the server or the network ended the call.
func endError(r lksdk.DisconnectionReason, room *lksdk.Room) error {
	switch room.DisconnectReason() {
	case livekit.DisconnectReason_PARTICIPANT_REMOVED:
		return ErrRemoved
	case livekit.DisconnectReason_DUPLICATE_IDENTITY:
		return ErrDuplicate
	case livekit.DisconnectReason_ROOM_DELETED, livekit.DisconnectReason_ROOM_CLOSED, livekit.DisconnectReason_SERVER_SHUTDOWN:
		return ErrEnded
	}
	switch r {
	case lksdk.ParticipantRemoved:
		return ErrRemoved
	case lksdk.DuplicateIdentity:
		return ErrDuplicate
	case lksdk.RoomClosed:
		return ErrEnded
	}
	return ErrLost // whatever the server calls it: we have not asked to leave
}

// Leave ends the call, stops every device and goroutine, and waits for them. Idempotent.
func (k *Call) Leave() {
	k.finish(nil)
	k.running.Wait()
}

// Done is closed when the call has ended, for whatever reason.
func (k *Call) Done() <-chan struct{} { return k.done }

// finish ends the call once: the first reason counts.
func (k *Call) finish(why error) {
	k.leave.Do(func() {
		close(k.leaving)
		k.requests.close()
		k.verbs.do(func() {
			k.stopCamera(true)
			k.endShare()
			k.stopMicrophone()
			k.stopSpeaker()
		})
		k.verbs.close()
		k.published.close()
		k.chat.close()
		k.room.Disconnect()
		k.mu.Lock()
		videos := k.videos
		voices := k.voices
		k.videos, k.voices = map[string]*remoteVideo{}, map[string]*remoteVoice{}
		k.state, k.ended = Left, why
		k.mu.Unlock()
		for _, v := range videos {
			v.stop()
		}
		for _, v := range voices {
			v.stop()
		}
		k.mu.Lock()
		for _, v := range k.views {
			v.close()
		}
		k.mu.Unlock()
		close(k.done)
	})
	<-k.done
}

// SetMicrophone mutes or unmutes.
func (k *Call) SetMicrophone(on bool) { k.verbs.do(func() { k.muteMicrophone(!on) }) }

// SetCamera turns the camera on or off; off closes the device.
func (k *Call) SetCamera(on bool) {
	k.verbs.do(func() {
		if on {
			k.startCamera()
		} else {
			k.stopCamera(false)
		}
	})
}

// UseMicrophone changes the microphone in the call.
func (k *Call) UseMicrophone(id string) {
	k.verbs.do(func() {
		on := k.localState().MicrophoneOn
		k.stopMicrophoneDevice()
		k.startMicrophone(id, on)
	})
}

// UseCamera changes the camera in the call.
func (k *Call) UseCamera(id string) {
	k.verbs.do(func() {
		on := k.localState().CameraOn
		k.stopCamera(true)
		k.update(func() { k.local.Camera = id })
		if on {
			k.startCamera()
		}
	})
}

// UseSpeaker changes the speaker in the call.
func (k *Call) UseSpeaker(id string) {
	k.verbs.do(func() {
		k.stopSpeaker()
		k.startSpeaker(id)
	})
}

// ShareScreen starts sharing a monitor, in place of one that is shared already.
// Errors come in Local.ShareError too. A sound that cannot be shared is no error
// here: it comes in Local.ShareSoundError.
func (k *Call) ShareScreen(ctx context.Context, id string, o ShareOptions) error {
	result := make(chan error, 1)
	k.verbs.do(func() { result <- k.startShare(id, o) })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-k.done:
		return ErrEnded
	}
}

// StopShare ends it.
func (k *Call) StopShare() { k.verbs.do(k.endShare) }

func (k *Call) localState() Local {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.local
}

// update changes state under the lock and reports it.
func (k *Call) update(f func()) {
	k.mu.Lock()
	f()
	k.mu.Unlock()
	k.changed()
}

func (k *Call) setState(s State) {
	k.update(func() {
		if k.state != Left {
			k.state = s
		}
	})
}
