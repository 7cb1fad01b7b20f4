// Package call is one person's presence in one meeting. Join connects,
// snapshots come out, verbs go in; Leave ends it.
package call

import (
	"context"
	"errors"
	"time"

	"foyer/media/device"
	"foyer/media/video"
)

// Sentinels a person can meet.
var (
	ErrUnreachable  = errors.New("meeting server cannot be reached")
	ErrBadToken     = errors.New("access token refused")
	ErrExpiredToken = errors.New("access token has expired")
	ErrCertificate  = errors.New("server certificate does not match the link")
	ErrRoomFull     = errors.New("meeting is full")
	ErrRemoved      = errors.New("removed from the meeting")
	ErrDuplicate    = errors.New("joined from another place")
	ErrEnded        = errors.New("meeting was ended")
	ErrLost         = errors.New("connection to the meeting was lost")
	ErrForbidden    = errors.New("not allowed in this role")
	ErrEncryption   = errors.New("meeting is encrypted with another key")
)

// Config says what to join and with which devices.
type Config struct {
	URL   string // ws:// or wss:// of a LiveKit server
	Token string // LiveKit access token
	// Fingerprint pins the server's certificate (SHA-256 of its DER); empty means the system's roots.
	Fingerprint []byte
	// Key is the end-to-end key from the link; empty means no frame encryption.
	Key []byte

	Name                   string // display name; empty keeps the token's
	Camera, Microphone     string // device IDs; see package device
	Speaker                string
	CameraOn, MicrophoneOn bool

	// Openers replace package device's, for tests and programs with sources of their own.
	OpenCamera     func(id string, want device.CameraFormat) (video.Reader, error)
	OpenMicrophone func(id string) (device.Capture, error)
	OpenSpeaker    func(id string) (device.Playback, error)
	OpenScreen     func(id string, o device.ScreenOptions) (video.Reader, error)
}

// State is where the call stands.
type State string

const (
	Joined       State = "joined"
	Reconnecting State = "reconnecting"
	Left         State = "left" // final; Snapshot.Ended says why
)

// Source is what a track shows or sounds of.
type Source string

const (
	Camera      Source = "camera"
	Microphone  Source = "microphone"
	Screen      Source = "screen"
	ScreenAudio Source = "screen-audio"
)

// Role is what the host's invite made of a person; it comes from the attribute
// "foyer.role", else from the token's grants.
type Role string

const (
	RoleHost   Role = "host"
	RoleGuest  Role = "guest"
	RoleViewer Role = "viewer"
)

// Quality is LiveKit's connection quality.
type Quality string

const (
	QualityUnknown   Quality = "unknown"
	QualityLost      Quality = "lost"
	QualityPoor      Quality = "poor"
	QualityGood      Quality = "good"
	QualityExcellent Quality = "excellent"
)

// Snapshot is the whole truth at one moment: a plain value, never changed after it is sent.
type Snapshot struct {
	At       time.Time     `json:"at"`
	State    State         `json:"state"`
	Ended    error         `json:"-"` // why the call ended; nil when we left by ourselves
	Room     Room          `json:"room"`
	Me       Participant   `json:"me"`
	People   []Participant `json:"people"` // the others, oldest first
	Messages []Message     `json:"messages"`
	Local    Local         `json:"local"`
}

// Room describes the meeting.
type Room struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Participant is one person.
type Participant struct {
	Identity string    `json:"identity"` // unique in the room
	Name     string    `json:"name"`     // to show; the identity when there is none
	Role     Role      `json:"role"`
	Speaking bool      `json:"speaking"`
	Level    float64   `json:"level"` // 0 to 1
	Quality  Quality   `json:"quality"`
	Hand     time.Time `json:"hand"` // when raised; zero when down
	JoinedAt time.Time `json:"joinedAt"`
	Tracks   []Track   `json:"tracks"` // published ones
}

// Track is one published source of a participant.
type Track struct {
	ID            string `json:"id"`
	Source        Source `json:"source"`
	Muted         bool   `json:"muted"`
	Width, Height int    // of the published picture
}

// Track returns the participant's track of a source.
func (p Participant) Track(s Source) (Track, bool) {
	for _, t := range p.Tracks {
		if t.Source == s {
			return t, true
		}
	}
	return Track{}, false
}

// Has says that a source is published and not muted.
func (p Participant) Has(s Source) bool {
	t, ok := p.Track(s)
	return ok && !t.Muted
}

// Message is one line of chat.
type Message struct {
	ID       string    `json:"id"`
	From     string    `json:"from"` // identity
	FromName string    `json:"fromName"`
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
	Mine     bool      `json:"mine"`
	Failed   bool      `json:"failed"` // mine, and not delivered
}

// Local is the state of our own devices and permissions.
type Local struct {
	MicrophoneOn, CameraOn, Sharing bool
	MicrophoneError, CameraError    error `json:"-"` // why it is off against our wish; see package device
	SpeakerError, ShareError        error `json:"-"`
	CanPublish, CanShare, CanChat   bool
	Camera, Microphone, Speaker     string // device IDs in use
	SharedScreen                    string // device ID while Sharing
}

// Call is one joined meeting. All methods are safe for use by several
// goroutines and return quickly unless they take a context.
type Call struct{}

// Join connects, publishes what the config asks for, and returns once the
// meeting is joined. ctx bounds joining only.
func Join(ctx context.Context, c Config) (*Call, error) { return nil, ErrUnreachable }

// Snapshots delivers the newest snapshot, coalesced; closed after the one with State Left.
// One reader.
func (c *Call) Snapshots() <-chan Snapshot { return nil }

// Snapshot returns the newest one.
func (c *Call) Snapshot() Snapshot { return Snapshot{} }

// SetMicrophone mutes or unmutes.
func (c *Call) SetMicrophone(on bool) {}

// SetCamera turns the camera on or off; off closes the device.
func (c *Call) SetCamera(on bool) {}

// UseMicrophone, UseCamera and UseSpeaker change devices in the call.
func (c *Call) UseMicrophone(id string) {}
func (c *Call) UseCamera(id string)     {}
func (c *Call) UseSpeaker(id string)    {}

// ShareScreen starts sharing a monitor; errors come in Local.ShareError too.
func (c *Call) ShareScreen(ctx context.Context, id string) error { return nil }

// StopShare ends it.
func (c *Call) StopShare() {}

// Send sends a chat line to everyone.
func (c *Call) Send(text string) {}

// RaiseHand raises or lowers our hand.
func (c *Call) RaiseHand(up bool) {}

// SetName changes our display name for everyone.
func (c *Call) SetName(name string) {}

// SetVolume sets a person's loudness here, 0 to 2.
func (c *Call) SetVolume(identity string, gain float64) {}

// MuteOther mutes a participant's source; hosts only (ErrForbidden).
func (c *Call) MuteOther(ctx context.Context, identity string, s Source) error { return nil }

// Remove removes a participant; hosts only (ErrForbidden).
func (c *Call) Remove(ctx context.Context, identity string) error { return nil }

// Show sends a participant's pictures (ours too) to a surface until Hide or the
// end of the call. It is remembered: the track may come later. Several surfaces
// may show one source. The largest surface's size is what is asked of the server;
// no visible surface pauses the track at the server.
func (c *Call) Show(identity string, s Source, to *video.Surface) {}

// Hide ends Show for that surface.
func (c *Call) Hide(to *video.Surface) {}

// Stats returns what is known of every track now. Costs little; call it once a second.
func (c *Call) Stats() Stats { return Stats{} }

// Leave ends the call, stops every device and goroutine, and waits for them. Idempotent.
func (c *Call) Leave() {}

// Done is closed when the call has ended, for whatever reason.
func (c *Call) Done() <-chan struct{} { return nil }

// Stats is a report on the connection and each track.
type Stats struct {
	At     time.Time     `json:"at"`
	RTT    time.Duration `json:"rttNs"`
	Tracks []TrackStats  `json:"tracks"`
}

// TrackStats describes one track, sent or received.
type TrackStats struct {
	Identity      string  `json:"identity"` // whose; ours when Sent
	Source        Source  `json:"source"`
	Sent          bool    `json:"sent"`
	Codec         string  `json:"codec"`
	Width         int     `json:"width"`
	Height        int     `json:"height"`
	Frames        uint64  `json:"frames"` // encoded or decoded so far
	FrameRate     float64 `json:"fps"`
	BitRate       float64 `json:"bps"`
	Packets, Lost uint64
	Jitter        time.Duration `json:"jitterNs"`
	Delay         time.Duration `json:"delayNs"` // of the jitter buffer
	Level         float64       `json:"level"`
	KeyRequests   uint64        `json:"keyRequests"`
	Layers        int           `json:"layers"` // simulcast layers being encoded now
}
