package settings

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"foyer/app/invite"
	"foyer/app/secret"
)

// ErrFolder says that the settings folder cannot be used.
var ErrFolder = errors.New("settings folder cannot be used")

// Settings is everything that comes back at the next start.
type Settings struct {
	Name          string    `json:"name"`
	Client        string    `json:"client"` // secret of this installation, made at first start
	Camera        string    `json:"camera"` // device IDs; see package device
	Microphone    string    `json:"microphone"`
	Speaker       string    `json:"speaker"`
	CameraOff     bool      `json:"cameraOff"`
	MicrophoneOff bool      `json:"microphoneOff"`
	Encrypt       bool      `json:"encrypt"`      // meetings started here are end-to-end encrypted
	Theme         string    `json:"theme"`        // "", "light", "dark"
	TextScale     float64   `json:"textScale"`    // of all text, 0.8 to 2; 0 is 1
	CaptionsOff   bool      `json:"captionsOff"`  // what is said is not shown as text
	CaptionSize   float64   `json:"captionSize"`  // of captions, against other text: 1 to 2; 0 is 1
	Motion        string    `json:"motion"`       // "" as the desktop says, "reduced", "full"
	Language      string    `json:"language"`     // ISO 639; "" is the desktop's
	HardwareOff   bool      `json:"hardwareOff"`  // pictures are encoded and decoded by the processor alone
	SoundsOff     bool      `json:"soundsOff"`    // no sounds of Foyer's own in a meeting
	NotifyOff     bool      `json:"notifyOff"`    // no notifications while another program is in front
	SmallOff      bool      `json:"smallOff"`     // no small window while the meeting is minimised, or something is shared
	PlaceVoices   bool      `json:"placeVoices"`  // voices are heard where people are seen
	Talk          string    `json:"talk"`         // what holding TalkKey does: TalkHold, TalkMute or TalkOff
	TalkKey       string    `json:"talkKey"`      // Fyne's name of the key; "" is Space
	SelfView      string    `json:"selfView"`     // how one's own picture is shown: SelfTile, SelfCorner or SelfHidden
	TalkAnywhere  bool      `json:"talkAnywhere"` // TalkKey counts while other programs have the keyboard, too
	Volumes       []Volume  `json:"volumes"`      // newest first, at most VolumesMax
	EchoOff       bool      `json:"echoOff"`      // no echo cancelling: headphones
	NoiseOff      bool      `json:"noiseOff"`     // no noise suppression
	GainOff       bool      `json:"gainOff"`      // no automatic gain
	Music         bool      `json:"music"`        // the microphone hears music: stereo, nothing done to it
	Joined        bool      `json:"joined"`       // somebody has been in a meeting from here
	LastLink      string    `json:"lastLink"`     // the last one that worked
	Recent        []Meeting `json:"recent"`       // newest first, at most RecentMax
}

// What holding a key does to the microphone.
const (
	TalkHold = ""     // push to talk: on while it is held
	TalkMute = "mute" // push to mute: off while it is held
	TalkOff  = "off"
)

// VolumesMax bounds the list of volumes.
const VolumesMax = 200

// Volume is how loud somebody was set here.
type Volume struct {
	Identity string  `json:"identity"` // stable for a person in one room
	Gain     float64 `json:"gain"`     // 0 to 2
	Muted    bool    `json:"muted"`
}

// SetVolume puts a volume first; one that is as it would be without is forgotten.
func (s *Settings) SetVolume(v Volume) {
	s.Volumes = slices.DeleteFunc(slices.Clone(s.Volumes), func(o Volume) bool { return o.Identity == v.Identity })
	if v.Gain != 1 || v.Muted {
		s.Volumes = slices.Insert(s.Volumes, 0, v)
	}
	if len(s.Volumes) > VolumesMax {
		s.Volumes = s.Volumes[:VolumesMax]
	}
}

// RecentMax bounds the list of recent meetings.
const RecentMax = 8

// What SelfView can be.
const (
	SelfTile   = ""       // a tile among the others
	SelfCorner = "corner" // small, over the others
	SelfHidden = "hidden"
)

// Meeting is one recent meeting.
type Meeting struct {
	Title  string    `json:"title"`
	Link   string    `json:"link"` // in the file without code, key and token
	At     time.Time `json:"at"`
	Secret string    `json:"secret,omitempty"` // names the whole link among the secrets
}

// Remember puts a meeting first among the recent ones.
func (s *Settings) Remember(m Meeting) {
	if i := slices.IndexFunc(s.Recent, func(o Meeting) bool { return o.Link == m.Link }); i >= 0 {
		m.Secret = s.Recent[i].Secret
	}
	s.Recent = slices.DeleteFunc(s.Recent, func(o Meeting) bool { return o.Link == m.Link })
	s.Recent = append([]Meeting{m}, s.Recent...)
	if len(s.Recent) > RecentMax {
		s.Recent = s.Recent[:RecentMax]
	}
}

// Key is the end-to-end key of a room as a recent meeting's link has it; nil where
// there is none.
func (s *Settings) Key(host, room string) []byte {
	for _, m := range s.Recent {
		if t, err := invite.Parse(m.Link); err == nil && t.Link != nil && t.Link.Host == host && t.Link.Room == room && len(t.Link.Key) > 0 {
			return t.Link.Key
		}
	}
	return nil
}

// Store is the settings file. Safe for use by several goroutines.
type Store struct {
	mu   sync.Mutex
	path string
	now  Settings

	box     *secret.Box
	secrets map[string]string // as the box has them
}

// DefaultFolder is the user's configuration folder for Foyer.
func DefaultFolder() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return filepath.Join(base, "foyer"), nil
}

// Open reads folder/settings.json, making defaults where there is none. A
// corrupt file is kept aside as settings.json.broken-TIME, and kept names it.
// Secrets lie beside it, in a file of mode 0600. Errors wrap ErrFolder.
func Open(folder string) (s *Store, kept string, err error) { return openWith(folder, secret.File) }

// OpenWithKeyring is Open with the secrets in the system's keyring, where it
// answers within a second.
func OpenWithKeyring(folder string) (s *Store, kept string, err error) {
	return openWith(folder, secret.Keyring)
}

func openWith(folder string, box func(string) *secret.Box) (s *Store, kept string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrFolder, err)
	}
	s = &Store{path: filepath.Join(folder, "settings.json"), box: box(folder)}
	b, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, "", fmt.Errorf("%w: %w", ErrFolder, err)
	default:
		if json.Unmarshal(b, &s.now) != nil {
			s.now = Settings{}
			kept = s.path + ".broken-" + time.Now().UTC().Format("20060102T150405")
			if err := os.Rename(s.path, kept); err != nil {
				return nil, "", fmt.Errorf("keep corrupt settings aside: %w: %w", ErrFolder, err)
			}
		}
	}
	if len(s.now.Recent) > RecentMax {
		s.now.Recent = s.now.Recent[:RecentMax]
	}
	if len(s.now.Volumes) > VolumesMax {
		s.now.Volumes = s.now.Volumes[:VolumesMax]
	}
	var move bool
	s.secrets, move = s.box.Load()
	fill(&s.now, s.secrets)
	if move {
		s.secrets = nil // to be saved again
	}
	_, wanted := withoutSecrets(&s.now)
	if s.now.Client == "" {
		s.now.Client = rand.Text()
		move = true
	}
	if move || !maps.Equal(wanted, s.secrets) && len(wanted) > 0 { // secrets lay in the settings
		if err := s.keep(); err != nil {
			return nil, kept, err
		}
	}
	return s, kept, nil
}

// Get returns a copy.
func (s *Store) Get() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.now
	c.Recent = slices.Clone(c.Recent)
	c.Volumes = slices.Clone(c.Volumes)
	return c
}

// Update changes the settings and writes them, atomically. On an error the
// change holds for this run.
func (s *Store) Update(f func(*Settings)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Recent = slices.Clone(s.now.Recent)
	f(&s.now)
	return s.keep()
}

func (s *Store) write(v Settings) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".settings-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write settings: %w: %w", ErrFolder, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write settings: %w: %w", ErrFolder, err)
	}
	return nil
}
