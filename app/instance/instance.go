package instance

import (
	"context"
	"errors"
)

var (
	// ErrDeaf says that a running Foyer does not take wishes.
	ErrDeaf = errors.New("the running Foyer does not answer")
	// ErrPlace says that others could reach where wishes are handed over.
	ErrPlace = errors.New("the folder for this session's sockets is not safe")
)

// Wish is what a start asks the window for. The zero Wish asks it to show itself.
type Wish struct {
	Link  string `json:"link,omitempty"`  // join this, as typed
	Start bool   `json:"start,omitempty"` // start a meeting
	Paste bool   `json:"paste,omitempty"` // join the link in the clipboard

	// In place of the settings, without changing them; empty leaves those. Devices are
	// IDs of package device; files are named by their whole path.
	Name       string `json:"name,omitempty"`
	Camera     string `json:"camera,omitempty"`
	Microphone string `json:"microphone,omitempty"`
	Speaker    string `json:"speaker,omitempty"`
}

// wishMax bounds a wish on the wire in bytes; a LiveKit token may be some kilobytes.
const wishMax = 64 << 10

// Claim makes this process the one for a settings folder, or hands w to the one
// that is. Of several that claim at once one wins and the others hand over. i is
// nil where w was handed over. Errors wrap ErrDeaf or ErrPlace, or are ctx's.
func Claim(ctx context.Context, folder string, w Wish) (i *Instance, err error) {
	return claim(ctx, folder, w)
}
