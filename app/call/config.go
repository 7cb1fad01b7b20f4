package call

import (
	"context"

	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// Config says what to join and with which devices.
type Config struct {
	URL   string // ws:// or wss:// of a LiveKit server
	Token string // LiveKit access token
	// TokenFresh says that the meeting's host has given the token just now: the server
	// alone judges whether it holds, as our clock may be wrong. Else one that is over by
	// our clock is refused before anything is dialled.
	TokenFresh bool
	// Fingerprint pins the server's certificate (SHA-256 of its DER); empty means the system's roots.
	Fingerprint []byte
	// Key is the end-to-end key from the link; empty means no frame encryption.
	Key []byte

	Name                   string // display name; empty keeps the token's
	Camera, Microphone     string // device IDs; see package device
	Speaker                string
	CameraOn, MicrophoneOn bool

	// Loudness is how loud people are here, by identity, from the start on.
	Loudness map[string]Loudness

	// Treatment is what is done to our sound from the start on.
	Treatment Treatment

	// CameraCodec is what a camera is sent in, whether all can decode it or not; empty
	// lets Foyer choose between VP8 and H.264, in a stream for each size. VP9 and
	// AV1 are one stream of all sizes (SVC). With a Key, what is not Sealable is VP8.
	CameraCodec codec.Name
	// Steady sends all sizes at every rate, however busy the machine is: for tests and
	// measurements. Else Foyer steps down where encoding does not keep up.
	Steady bool

	// Free, if not nil, is waited for before devices are opened: joining goes on while
	// somebody else still gives them back.
	Free <-chan struct{}

	// Renew gets a fresh token, for requests to the host where the newest that the server
	// has sent during the call is too old; nil does without.
	Renew func(ctx context.Context) (token string, err error)

	// Openers replace package device's, for tests and programs with sources of their own.
	OpenCamera     func(id string, want device.CameraFormat) (video.Reader, error)
	OpenMicrophone func(id string) (device.Capture, error)
	// OpenStereoMicrophone is for music; where only OpenMicrophone is given, that is taken.
	OpenStereoMicrophone func(id string) (device.Capture, error)
	OpenSpeaker          func(id string) (device.Playback, error)
	OpenScreen           func(id string, o device.ScreenOptions) (video.Reader, error)
	OpenSystemSound      func() (device.Capture, error)
}

// fill puts package device's openers where there are none.
func (c *Config) fill() {
	if len(c.Key) > 0 && c.CameraCodec != "" && !Sealable(c.CameraCodec) {
		c.CameraCodec = codec.VP8
	}
	if c.OpenCamera == nil {
		c.OpenCamera = device.OpenCamera
	}
	if c.OpenStereoMicrophone == nil {
		if c.OpenStereoMicrophone = c.OpenMicrophone; c.OpenMicrophone == nil {
			c.OpenStereoMicrophone = device.OpenStereoMicrophone
		}
	}
	if c.OpenMicrophone == nil {
		c.OpenMicrophone = device.OpenMicrophone
	}
	if c.OpenSpeaker == nil {
		c.OpenSpeaker = device.OpenSpeaker
	}
	if c.OpenScreen == nil {
		c.OpenScreen = device.OpenScreen
	}
	if c.OpenSystemSound == nil {
		c.OpenSystemSound = device.OpenSystemSound
	}
}
