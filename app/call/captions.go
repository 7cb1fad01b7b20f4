package call

import (
	"slices"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"

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

// caption notes what somebody says, or more of it.
func (k *Call) caption(id, speaker, words string, stream bool) {
	if over := len(words) - captionMax; over > 0 {
		words = words[over:]
	}
	words = text.Body(words, captionMax)
	if words == "" || speaker == "" {
		return
	}
	k.update(func() {
		// Agents send all of it both ways, under other IDs.
		if stream {
			k.streamed[speaker] = true
		} else if k.streamed[speaker] {
			return
		}
		c := Caption{ID: id, From: speaker, Text: words, At: time.Now()}
		list := slices.Clone(k.captions) // snapshots hold the old one
		if i := slices.IndexFunc(list, func(o Caption) bool { return o.ID == id && o.From == speaker }); i >= 0 {
			if list[i].Text == words {
				return
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

// onCaptionStream reads what is said while it comes. Of what is still being
// recognised, each better guess is a stream of its own. It runs on a goroutine of
// LiveKit's, which ends with the stream.
func (k *Call) onCaptionStream(r *lksdk.TextStreamReader, from string) {
	id := r.Info.Attributes[segmentAttribute]
	if id == "" {
		id = r.Info.Id
	}
	speaker := k.speakerOf(from, r.Info.Attributes[trackAttribute])
	var words []byte
	buffer := make([]byte, 512)
	for {
		n, err := r.Read(buffer)
		words = append(words, buffer[:n]...)
		if over := len(words) - 2*captionMax; over > 0 {
			words = words[over:]
		}
		if n > 0 {
			k.caption(id, speaker, string(words), true)
		}
		if err != nil { // its end, or the room's
			return
		}
	}
}

// speakerOf is whose words they are. The server vouches for the sender alone, and lets
// agents send for others; only of an agent a track is believed to be the one that it
// heard.
func (k *Call) speakerOf(from, track string) string {
	sender := k.room.GetParticipantByIdentity(from)
	if track == "" || sender == nil || sender.Kind() != lksdk.ParticipantAgent {
		return from
	}
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
	return from
}

// onTranscription takes what older agents send: a packet with segments, which the
// server takes from agents alone.
func (k *Call) onTranscription(segments []*lksdk.TranscriptionSegment, p lksdk.Participant, _ lksdk.TrackPublication) {
	if p == nil {
		return
	}
	for _, s := range segments {
		if s != nil {
			k.caption(s.ID, p.Identity(), s.Text, false)
		}
	}
}
