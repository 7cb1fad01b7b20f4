// Package settings keeps preferences and recent meetings in one JSON file (0600).
package settings

import "time"

// Settings is everything that comes back at the next start.
type Settings struct {
	Name         string    `json:"name"`
	Client       string    `json:"client"` // secret of this installation, made at first start
	Camera       string    `json:"camera"` // device IDs; see package device
	Microphone   string    `json:"microphone"`
	Speaker      string    `json:"speaker"`
	CameraOn     bool      `json:"cameraOn"`
	MicrophoneOn bool      `json:"microphoneOn"`
	Theme        string    `json:"theme"` // "", "light", "dark"
	LastLink     string    `json:"lastLink"`
	Recent       []Meeting `json:"recent"` // newest first, at most RecentMax
}

// RecentMax bounds the list of recent meetings.
const RecentMax = 8

// Meeting is one recent meeting.
type Meeting struct {
	Title string    `json:"title"`
	Link  string    `json:"link"`
	At    time.Time `json:"at"`
}

// Store is the settings file. Safe for use by several goroutines.
type Store struct{}

// DefaultFolder is the user's configuration folder for Foyer.
func DefaultFolder() (string, error) { return "", nil }

// Open reads folder/settings.json, making defaults where there is none. A
// corrupt file is kept aside as settings.json.broken-TIME, and kept names it.
func Open(folder string) (s *Store, kept string, err error) { return &Store{}, "", nil }

// Get returns a copy.
func (s *Store) Get() Settings { return Settings{} }

// Update changes the settings and writes them, atomically.
func (s *Store) Update(f func(*Settings)) error { return nil }
