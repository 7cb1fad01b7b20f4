package call

import (
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"

	"foyer/app/lkclient"
	"foyer/app/text"
)

// Names by which LiveKit's agents send what they transcribe as text streams
// (docs.livekit.io, "Text and transcriptions").
const (
	captionTopic     = "lk.transcription"
	segmentAttribute = "lk.segment_id"
	trackAttribute   = "lk.transcribed_track_id"
)

// Bounds of captions.
const (
	captionMax  = 2 << 10 // bytes of one: of a longer one the end is kept
	captionsMax = 12      // kept: the newest
)

// caption notes what somebody says, or more of it. stream is the number of the stream
// that says it, 0 for a packet.
func (k *Call) caption(id, speaker, words string, sent time.Time, stream uint64) {
	if over := len(words) - captionMax; over > 0 {
		words = words[over:]
	}
	words = text.Body(words, captionMax)
	if words == "" || speaker == "" {
		return
	}
	k.update(func() {
		// Agents send all of it both ways, under other IDs.
		if stream > 0 {
			k.streamed[speaker] = true
		} else if k.streamed[speaker] {
			return
		}
		now := time.Now()
		c := Caption{ID: id, From: speaker, Text: words, Sent: stamp(sent, now), At: now, stream: stream}
		list := slices.Clone(k.captions) // snapshots hold the old one
		if i := slices.IndexFunc(list, func(o Caption) bool { return o.ID == id && o.From == speaker }); i >= 0 {
			if list[i].Text == words || list[i].stream > stream {
				return // the end of an older guess says nothing new
			}
			list[i] = c
		} else {
			list = append(list, c)
		}
		if len(list) > captionsMax {
			list = list[1:]
		}
		k.captions = list
	})
}

// onCaption takes what is said while it comes. Of what is still being recognised,
// each better guess is a stream of its own.
func (k *Call) onCaption(t lkclient.Text) {
	id := t.Attributes[segmentAttribute]
	if id == "" {
		id = t.ID
	}
	k.caption(id, k.speakerOf(t), t.Body, t.Sent, t.Number)
}

// speakerOf is whose words they are. The server vouches for the sender alone; only
// an agent is believed that it heard a track, or somebody.
func (k *Call) speakerOf(t lkclient.Text) string {
	if !t.From.Agent {
		return t.From.ID
	}
	if track := t.Attributes[trackAttribute]; track != "" {
		for _, p := range k.room.GetRemoteParticipants() {
			for _, pub := range p.TrackPublications() {
				if pub.SID() == track {
					return p.Identity()
				}
			}
		}
		for _, pub := range k.room.LocalParticipant.TrackPublications() {
			if pub.SID() == track {
				return k.room.LocalParticipant.Identity()
			}
		}
	}
	if k.present(t.For) {
		return t.For
	}
	return t.From.ID
}

// present reports whether somebody is in the room, we too.
func (k *Call) present(identity string) bool {
	return identity != "" && (identity == k.room.LocalParticipant.Identity() || k.room.GetParticipantByIdentity(identity) != nil)
}

// onTranscription takes what older agents send: a packet with segments.
func (k *Call) onTranscription(_ lkclient.Sender, t *livekit.Transcription) {
	speaker := t.GetTranscribedParticipantIdentity()
	if !k.present(speaker) {
		return
	}
	segments := t.GetSegments()
	if over := len(segments) - captionsMax; over > 0 {
		segments = segments[over:]
	}
	for _, s := range segments {
		if len(s.GetId()) <= messageIDMax {
			k.caption(s.GetId(), speaker, s.GetText(), time.Now(), 0)
		}
	}
}
