package call

import "time"

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
// "foyer.role" where its bearer cannot write it, else from the token's grants.
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
	Captions []Caption     `json:"captions"` // what was said of late, oldest first; none where nobody transcribes
	Local    Local         `json:"local"`
}

// Room describes the meeting.
type Room struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Recording bool   `json:"recording"` // or streamed, by the server
}

// Participant is one person.
type Participant struct {
	Identity string    `json:"identity"` // unique in the room
	Name     string    `json:"name"`     // to show, clean; the identity when there is none, "" when nothing of that can be seen either
	Role     Role      `json:"role"`
	Speaking bool      `json:"speaking"`
	Level    float64   `json:"level"` // 0 to 1
	Quality  Quality   `json:"quality"`
	Hand     time.Time `json:"hand"` // when raised; zero when down
	JoinedAt time.Time `json:"joinedAt"`
	Tracks   []Track   `json:"tracks"` // published ones

	Loudness Loudness `json:"loudness"` // here, for us alone
}

// Track is one published source of a participant.
type Track struct {
	ID            string `json:"id"`
	Source        Source `json:"source"`
	Muted         bool   `json:"muted"`
	Width, Height int    // of the published picture
	Unreadable    bool   `json:"unreadable"` // sealed with another end-to-end key than ours, or not at all
	TooLarge      bool   `json:"tooLarge"`   // not decoded: its pictures are too large, or all pictures together are
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
	Seq      uint64    `json:"seq"`      // counts from 1; the list may have lost its beginning
	ID       string    `json:"id"`       // the sender's own: others may use the same
	From     string    `json:"from"`     // identity
	FromName string    `json:"fromName"` // the newest that we know; the identity without one
	Text     string    `json:"text"`
	At       time.Time `json:"at"` // by the sender's clock where that agrees with ours
	Mine     bool      `json:"mine"`
	Failed   bool      `json:"failed"` // mine, and not delivered
}

// Caption is what somebody says, as a service in the meeting transcribes it.
type Caption struct {
	ID   string    `json:"id"`   // stays while it is recognised better
	From string    `json:"from"` // identity of who speaks
	Text string    `json:"text"`
	Sent time.Time `json:"sent"` // by the sender's clock where that agrees with ours
	At   time.Time `json:"at"`   // of the last change, by our clock

	stream uint64 // the stream it came in: a later one knows better
}

// Local is the state of our own devices and permissions.
type Local struct {
	MicrophoneOn, CameraOn, Sharing bool
	SharingSound                    bool   // with the screen
	SpokeMuted                      bool   // somebody has spoken since the microphone was muted
	MutedByHost                     bool   // the microphone, and not unmuted since
	StoppedByHost                   Source // the camera or the screen that a host ended last, until it is on again; "" for none
	MicrophoneError, CameraError    error  `json:"-"` // why it is off against our wish; see package device
	SpeakerError, ShareError        error  `json:"-"`
	ShareSoundError                 error  `json:"-"`
	RequestError                    error  `json:"-"` // why our hand or name was not changed
	CanPublish, CanShare, CanChat   bool
	Camera, Microphone, Speaker     string // device IDs in use
	SharedScreen                    string // device ID while Sharing
	SharedWindow                    string // its title, where that is a window's
	tries                           tries
}

// begun notes that a source is on again, which a host may have stopped.
func (l *Local) begun(s Source) {
	if l.StoppedByHost == s {
		l.StoppedByHost = ""
	}
}
