package call

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/text"
)

// Attributes of a participant that Foyer reads. A Foyer host writes role and hand;
// on a bare LiveKit server the hand is written by its owner.
const (
	roleAttribute  = "foyer.role"
	titleAttribute = "foyer.title"
	handAttribute  = "foyer.hand" // RFC 3339 time when raised, empty when down
)

// titleMax is how much of a meeting's title is shown, in characters.
const titleMax = 200

// levelsEvery is how often loudness alone makes a new snapshot.
const levelsEvery = 100 * time.Millisecond

// Pace of snapshots. What others do (muting, renaming, coming and going) makes new
// ones, and each costs more the more people there are.
const (
	snapshotsEvery = 20 * time.Millisecond
	snapshotsRest  = 3 // rest after a snapshot, in times of what it cost
)

// goneMax is how much is kept of people and tracks that are gone, so that nobody
// fills the memory by coming back as somebody new.
const goneMax = 500

// speakingLevel is from where a voice counts as speaking: about -39 dBov.
const speakingLevel = 0.35

// changed asks for a new snapshot; many at once make one.
func (k *Call) changed() {
	select {
	case k.dirty <- struct{}{}:
	default:
	}
}

// Snapshots delivers the newest snapshot, coalesced; closed after the one with State Left.
// One reader.
func (k *Call) Snapshots() <-chan Snapshot { return k.snapshots }

// Snapshot returns the newest one.
func (k *Call) Snapshot() Snapshot {
	k.mu.Lock()
	s := k.newest
	k.mu.Unlock()
	if s.At.IsZero() {
		s = k.look()
	}
	return s
}

// report makes snapshots until the call has ended.
func (k *Call) report() {
	defer k.running.Done()
	defer close(k.snapshots)
	tick := time.NewTicker(levelsEvery)
	defer tick.Stop()
	dirty, rested := k.dirty, time.NewTimer(0)
	defer rested.Stop()
	for {
		select {
		case <-dirty:
			from := time.Now()
			k.send(k.look())
			dirty = nil
			rested.Reset(max(snapshotsEvery, snapshotsRest*time.Since(from)))
		case <-rested.C:
			dirty = k.dirty
		case now := <-tick.C:
			k.guard.Expire(now)
			if s := k.look(); louder(k.Snapshot(), s) {
				k.send(s)
			}
		case <-k.done:
			k.send(k.look())
			return
		}
	}
}

func (k *Call) send(s Snapshot) {
	k.mu.Lock()
	k.newest = s
	k.mu.Unlock()
	select { // the one that nobody has read is old now
	case <-k.snapshots:
	default:
	}
	k.snapshots <- s
}

// louder reports whether levels have changed so that it can be seen, or something
// that nothing announces: a device's state, a name, a permission.
func louder(a, b Snapshot) bool {
	if len(a.People) != len(b.People) || lastSeq(a.Messages) != lastSeq(b.Messages) || !same(a.Local.MicrophoneError, b.Local.MicrophoneError) || !same(a.Local.SpeakerError, b.Local.SpeakerError) {
		return true
	}
	if x, y := a.Local, b.Local; x.CanPublish != y.CanPublish || x.CanShare != y.CanShare || x.CanChat != y.CanChat {
		return true
	}
	differ := func(p, q Participant) bool {
		return p.Identity != q.Identity || p.Name != q.Name || p.Role != q.Role || p.Speaking != q.Speaking || p.Level-q.Level > 0.03 || q.Level-p.Level > 0.03
	}
	for i := range a.People {
		if differ(a.People[i], b.People[i]) {
			return true
		}
	}
	return differ(a.Me, b.Me)
}

func lastSeq(list []Message) uint64 {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Seq
}

func same(a, b error) bool { return errors.Is(a, b) || a != nil && b != nil && a.Error() == b.Error() }

// look reads the whole truth.
func (k *Call) look() Snapshot {
	me := k.room.LocalParticipant
	s := Snapshot{At: time.Now(), Me: k.person(me)}
	if k.admin && s.Me.Role != RoleHost && (mayWrite(me.Permissions()) || me.Attributes()[roleAttribute] == "") {
		s.Me.Role = RoleHost // of a LiveKit server that knows no roles of Foyer's
	}
	sids := map[string]bool{me.SID(): true}
	for _, p := range k.room.GetRemoteParticipants() {
		if p.Kind() == lksdk.ParticipantEgress {
			continue // it records: nobody to see or hear
		}
		sids[p.SID()] = true
		s.People = append(s.People, k.person(p))
	}
	slices.SortFunc(s.People, func(a, b Participant) int {
		return cmp.Or(a.JoinedAt.Compare(b.JoinedAt), cmp.Compare(a.Identity, b.Identity))
	})
	s.Room = Room{ID: k.room.SID(), Name: text.Line(k.room.Name(), titleMax), Recording: k.room.IsRecording()}
	if title := text.Line(me.Attributes()[titleAttribute], titleMax); title != "" {
		s.Room.Name = title
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.State, s.Ended, s.Local = k.state, k.ended, k.local
	k.meet(s.People, s.At)
	k.forget(s.People, sids)
	s.Messages = k.messages[:len(k.messages):len(k.messages)]
	s.Captions = k.captions
	if p := me.Permissions(); p != nil {
		s.Local.CanPublish, s.Local.CanChat = p.CanPublish, p.CanPublishData
		s.Local.CanShare = p.CanPublish && (len(p.CanPublishSources) == 0 || slices.Contains(p.CanPublishSources, livekit.TrackSource_SCREEN_SHARE))
	} else {
		s.Local.CanPublish, s.Local.CanShare, s.Local.CanChat = true, true, true
	}
	if m := k.microphone; m != nil {
		s.Me.Level = level(m.level())
		s.Me.Speaking = s.Local.MicrophoneOn && s.Me.Level > speakingLevel
		if err := m.err(); err != nil {
			s.Local.MicrophoneError = err
		}
	}
	for i := range s.People {
		s.People[i].Loudness = k.loudnessOf(s.People[i].Identity)
		s.People[i].Tracks = k.shown(s.People[i].Tracks)
		for j := range s.People[i].Tracks {
			t := &s.People[i].Tracks[j]
			t.Unreadable = k.unreadable[t.ID]
			if v := k.videos[t.ID]; v != nil {
				t.TooLarge = v.tooLarge.Load()
			}
		}
		for _, v := range k.voices {
			if v.identity == s.People[i].Identity && v.source == Microphone {
				s.People[i].Level = level(v.voice.Level())
				// The server tells changes only: who joins late hears before being told.
				s.People[i].Speaking = s.People[i].Speaking || s.People[i].Level > speakingLevel
			}
		}
	}
	return s
}

func (k *Call) person(p lksdk.Participant) Participant {
	attributes := p.Attributes()
	q := Participant{
		Identity: p.Identity(), Name: nameOf(p), Role: role(attributes[roleAttribute], p.Permissions()), Hand: k.hand(attributes[handAttribute], p.Permissions()),
		Speaking: p.IsSpeaking(), Level: level(float64(p.AudioLevel())), Quality: QualityUnknown,
	}
	q.JoinedAt, q.Quality = k.known(p.SID())
	for _, pub := range p.TrackPublications() {
		source, ok := sourceOf(pub.Source(), pub.Kind())
		if !ok {
			continue
		}
		t := Track{ID: pub.SID(), Source: source, Muted: pub.IsMuted()}
		if info := pub.TrackInfo(); info != nil {
			t.Width, t.Height = announced(info)
		}
		q.Tracks = append(q.Tracks, t)
	}
	slices.SortFunc(q.Tracks, func(a, b Track) int { return cmp.Compare(a.ID, b.ID) })
	return q
}

// Hands count from the first of these years until the last. Our own clock is no
// measure: it may be the wrong one.
const (
	handsFrom  = 1970
	handsUntil = 2100
)

// raised reads when a hand was raised, which anybody may write: zero for a hand that
// is down, and for what cannot be a time. It is in UTC, as some offsets that can be
// read cannot be written.
func raised(attribute string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, attribute)
	if err != nil || len(attribute) > 40 {
		return time.Time{}
	}
	if at = at.UTC(); at.Year() < handsFrom || at.Year() >= handsUntil {
		return time.Time{}
	}
	return at
}

// level is from 0 to 1, whatever the server or a device tells; JSON has no NaN.
func level(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return min(x, 1)
}

// nameOf is what to show for a person: the name, else the identity, and "" where
// nothing of either can be seen. The server checks names at the door only: in the
// meeting a client may set any.
func nameOf(p lksdk.Participant) string { return cmp.Or(text.Name(p.Name()), text.Name(p.Identity())) }

// forget drops what is known of people and tracks that are gone, where it has
// become much; sids are those of the people here. It is called under the lock.
func (k *Call) forget(people []Participant, sids map[string]bool) {
	identities, tracks := map[string]bool{}, map[string]bool{}
	if max(len(k.names), len(k.streamed), len(k.seen), len(k.quality)) > len(sids)+goneMax {
		for _, p := range people {
			identities[p.Identity] = true
		}
		keep(k.names, identities)
		keep(k.streamed, identities)
		keep(k.seen, sids)
		keep(k.quality, sids)
	}
	if max(len(k.unreadable), len(k.surplus)) > goneMax {
		for _, p := range people {
			for _, t := range p.Tracks {
				tracks[t.ID] = true
			}
		}
		keep(k.unreadable, tracks)
		keep(k.surplus, tracks)
	}
}

func keep[V any](of map[string]V, those map[string]bool) {
	maps.DeleteFunc(of, func(key string, _ V) bool { return !those[key] })
}

// known returns when someone was first seen, and their connection quality.
func (k *Call) known(sid string) (time.Time, Quality) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.seen[sid]
	if !ok {
		at = time.Now()
		k.seen[sid] = at
	}
	q, ok := k.quality[sid]
	if !ok {
		q = QualityUnknown
	}
	return at, q
}

var qualities = map[livekit.ConnectionQuality]Quality{
	livekit.ConnectionQuality_LOST: QualityLost, livekit.ConnectionQuality_POOR: QualityPoor,
	livekit.ConnectionQuality_GOOD: QualityGood, livekit.ConnectionQuality_EXCELLENT: QualityExcellent,
}

func (k *Call) onQuality(i *livekit.ConnectionQualityInfo, p lksdk.Participant) {
	k.update(func() { k.quality[p.SID()] = qualities[i.GetQuality()] })
}

// mayWrite reports whether somebody may write their own name and attributes: what
// they say of themselves is then their own word only.
func mayWrite(p *livekit.ParticipantPermission) bool { return p == nil || p.CanUpdateMetadata }

// role is what the host has written, where nobody else can have written it; else
// what the token grants.
func role(attribute string, p *livekit.ParticipantPermission) Role {
	if r := Role(attribute); !mayWrite(p) && (r == RoleHost || r == RoleGuest || r == RoleViewer) {
		return r
	}
	if p != nil && !p.CanPublish {
		return RoleViewer
	}
	return RoleGuest
}

// hand is when somebody raised their hand; zero when it is down. On a Foyer host,
// where we cannot write our own, the hands of those who can are not counted.
func (k *Call) hand(attribute string, p *livekit.ParticipantPermission) time.Time {
	if mayWrite(p) && !mayWrite(k.room.LocalParticipant.Permissions()) {
		return time.Time{}
	}
	return raised(attribute)
}

func sourceOf(s livekit.TrackSource, kind lksdk.TrackKind) (Source, bool) {
	switch s {
	case livekit.TrackSource_CAMERA:
		return Camera, true
	case livekit.TrackSource_MICROPHONE:
		return Microphone, true
	case livekit.TrackSource_SCREEN_SHARE:
		return Screen, true
	case livekit.TrackSource_SCREEN_SHARE_AUDIO:
		return ScreenAudio, true
	}
	// Bots and ingress leave the source out.
	if kind == lksdk.TrackKindVideo {
		return Camera, true
	}
	return Microphone, kind == lksdk.TrackKindAudio
}
