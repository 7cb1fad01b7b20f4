package call

import (
	"strconv"
	"strings"
	"sync"

	"github.com/pion/sdp/v3"
)

// takenCodecs are which codec the server takes of each of our tracks: the one that its
// answer lists first. LiveKit's drops packets of any other, and may choose another one
// than we would.
type takenCodecs struct {
	mu    sync.Mutex        // guards what follows
	mids  map[string]string // the tracks' IDs by their sections' of our last offer (RFC 8829)
	taken map[string]uint8  // payload types by track
}

// offered notes whose track each section of an offer of ours is.
func (c *takenCodecs) offered(offer string) {
	mids := map[string]string{}
	for _, m := range sections(offer) {
		mid, _ := m.Attribute(sdp.AttrKeyMID)
		msid, ok := m.Attribute(sdp.AttrKeyMsid)
		if fields := strings.Fields(msid); ok && len(fields) == 2 {
			mids[mid] = fields[1]
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mids = mids
}

// answered reads the answer to it.
func (c *takenCodecs) answered(answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = map[string]uint8{}
	for _, m := range sections(answer) {
		mid, _ := m.Attribute(sdp.AttrKeyMID)
		track := c.mids[mid]
		if track == "" || len(m.MediaName.Formats) == 0 || m.MediaName.Port.Value == 0 {
			continue
		}
		if n, err := strconv.ParseUint(m.MediaName.Formats[0], 10, 7); err == nil {
			c.taken[track] = uint8(n)
		}
	}
}

// payloadType is that of a track's codec; ok is false before the server has answered.
func (c *takenCodecs) payloadType(track string) (t uint8, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok = c.taken[track]
	return t, ok
}

// sections are a description's for media; none of what cannot be read.
func sections(description string) []*sdp.MediaDescription {
	var d sdp.SessionDescription
	if d.UnmarshalString(description) != nil {
		return nil
	}
	return d.MediaDescriptions
}
