package call

import (
	"cmp"
	"slices"
	"sync"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/media/codec"
)

// Bounds of what others can have us decode.
const (
	// budgetPixels are all pictures together: what the largest window can show.
	budgetPixels = 4 * 3840 * 2160
	// budgetLarge is how many of these go to pictures larger than largePicture, so that
	// there is room for everybody's camera beside them.
	budgetLarge  = budgetPixels * 3 / 4
	largePicture = 1920 * 1088
	// smallPicture always fits: the window bounds how many are shown.
	smallPicture = 640 * 368
	// voicesMax is how many sounds of one source of one person are played: agents have
	// a voice and a background.
	voicesMax = 3
	// sideMax is the longest side that is believed of an announcement, in pixels.
	sideMax = 16384
)

// pictureBudget shares budgetPixels out among the tracks of a call.
type pictureBudget struct {
	mu         sync.Mutex
	used       map[*remoteVideo]int
	all, large int // sums of used
}

// take has a track decode pictures of the size from now on, 0 for none. It reports
// false where that does not fit: then the track has nothing.
func (b *pictureBudget) take(v *remoteVideo, pixels int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(b.used[v], -1)
	delete(b.used, v)
	if pixels <= smallPicture {
		return true
	}
	if b.all+pixels > budgetPixels || pixels > largePicture && b.large+pixels > budgetLarge {
		return false
	}
	if b.used == nil {
		b.used = map[*remoteVideo]int{}
	}
	b.used[v] = pixels
	b.count(pixels, 1)
	return true
}

func (b *pictureBudget) count(pixels, sign int) {
	b.all += sign * pixels
	if pixels > largePicture {
		b.large += sign * pixels
	}
}

// pixelsFor is how large the pictures of a track may be. A camera may turn, and grow
// beyond what was announced when a better one takes its place; a window that is shared
// has any size.
func pixelsFor(source Source, info *livekit.TrackInfo) int {
	if source == Screen {
		return codec.PixelsMax
	}
	w, h := announced(info)
	return min(max(4*w*h, largePicture), codec.PixelsMax)
}

// announced is the size that a track is announced with, in sane numbers.
func announced(info *livekit.TrackInfo) (width, height int) {
	return int(min(info.GetWidth(), sideMax)), int(min(info.GetHeight(), sideMax))
}

// admit reports whether a track of a person is taken beside those that are, under
// k.mu: the first picture of each source, and a few sounds.
func (k *Call) admit(sid, identity string, source Source) bool {
	if source == Camera || source == Screen {
		for id, v := range k.videos {
			if id != sid && v.identity == identity && v.source == source {
				return false
			}
		}
		return true
	}
	n := 0
	for id, v := range k.voices {
		if id != sid && v.identity == identity && v.source == source {
			n++
		}
	}
	return n < voicesMax
}

// refuse gives a track back to the server: nothing of it comes any more.
func (k *Call) refuse(pub *lksdk.RemoteTrackPublication) {
	k.mu.Lock()
	k.surplus[pub.SID()] = true
	k.mu.Unlock()
	_ = pub.SetSubscribed(false) // the connection is lost: the next one subscribes anew
	k.changed()
}

// succeed asks for a track that was refused for the sake of one that has ended. Verbs
// queue only: it asks the room, which is locked while it calls us.
func (k *Call) succeed(identity string, source Source) {
	p := k.room.GetParticipantByIdentity(identity)
	if p == nil {
		return
	}
	pubs := p.TrackPublications()
	slices.SortFunc(pubs, func(a, b lksdk.TrackPublication) int { return cmp.Compare(a.SID(), b.SID()) })
	for _, pub := range pubs {
		remote, ok := pub.(*lksdk.RemoteTrackPublication)
		if !ok {
			continue
		}
		if s, ok := sourceOf(pub.Source(), pub.Kind()); !ok || s != source {
			continue
		}
		k.mu.Lock()
		was := k.surplus[pub.SID()]
		delete(k.surplus, pub.SID())
		k.mu.Unlock()
		if was {
			_ = remote.SetSubscribed(true)
			return
		}
	}
}

// shown leaves the tracks of a person that are shown and heard, under k.mu: those that
// were taken, and of a source of which none was, the first.
func (k *Call) shown(tracks []Track) []Track {
	taken := func(t Track) bool {
		_, video := k.videos[t.ID]
		_, voice := k.voices[t.ID]
		return video || voice
	}
	count := map[Source]int{}
	for _, t := range tracks {
		if taken(t) {
			count[t.Source]++
		}
	}
	out := tracks[:0]
	for _, t := range tracks {
		if !taken(t) {
			if count[t.Source] > 0 {
				continue
			}
			count[t.Source]++
		}
		out = append(out, t)
	}
	return out
}
