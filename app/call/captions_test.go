package call_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/call"
	"foyer/media/device"
)

// token is one that only the server's keeper can sign.
func (m *meeting) token(identity string, kind livekit.ParticipantInfo_Kind, agent bool) string {
	m.t.Helper()
	b, err := os.ReadFile(filepath.Join(theServer.data, "data", "secrets.json"))
	if err != nil {
		m.t.Fatal(err)
	}
	var keys struct{ APIKey, APISecret string }
	if err := json.Unmarshal(b, &keys); err != nil {
		m.t.Fatal(err)
	}
	yes := true
	token, err := auth.NewAccessToken(keys.APIKey, keys.APISecret).SetIdentity(identity).SetName(identity).SetKind(kind).
		SetValidFor(time.Minute).SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: m.links["guest"].Room, CanPublishData: &yes, CanSubscribe: &yes, Agent: agent}).ToJWT()
	if err != nil {
		m.t.Fatal(err)
	}
	return token
}

// bare joins the meeting with nothing but LiveKit's client, as services do. A call
// of ours must be in the meeting: it holds the server's certificate.
func (m *meeting) bare(identity string, kind livekit.ParticipantInfo_Kind) *lksdk.Room {
	m.t.Helper()
	token := m.token(identity, kind, kind == livekit.ParticipantInfo_AGENT)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	room := lksdk.NewRoom(lksdk.NewRoomCallback())
	if err := room.JoinWithContextAndToken(ctx, m.config("guest", "to know the address").URL, token, lksdk.WithAutoSubscribe(false)); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(room.Disconnect)
	return room
}

// transcription is the packet of older agents.
type transcription struct{ *livekit.Transcription }

func (t transcription) ToProto() *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_Transcription{Transcription: t.Transcription}}
}

func TestCaptions(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Microphone, c.MicrophoneOn = device.Test, true
	ann, bob := m.join(c), m.join(m.config("guest", "Bob"))
	s := await(t, bob, "Ann's microphone", func(s call.Snapshot) bool { p, _ := other(s, "Ann"); return p.Has(call.Microphone) })
	p, _ := other(s, "Ann")
	track, _ := p.Track(call.Microphone)
	agent := m.bare("transcriber", livekit.ParticipantInfo_AGENT)
	await(t, bob, "the agent", func(s call.Snapshot) bool { _, ok := other(s, "transcriber"); return ok })
	await(t, ann, "the agent", func(s call.Snapshot) bool { _, ok := other(s, "transcriber"); return ok })

	last := func(s call.Snapshot) call.Caption {
		if len(s.Captions) == 0 {
			return call.Caption{}
		}
		return s.Captions[len(s.Captions)-1]
	}
	hear := func(k *call.Call, text string) call.Caption {
		t.Helper()
		got := last(await(t, k, text, func(s call.Snapshot) bool { return last(s).Text == text }))
		if got.From != p.Identity || time.Since(got.At) > time.Minute {
			t.Errorf("%q is by %q, want %q, at %v", text, got.From, p.Identity, got.At)
		}
		return got
	}
	hears := func(text string) call.Caption { t.Helper(); hear(ann, text); return hear(bob, text) }

	// The packet of older agents, better recognised in a second one.
	legacy := func(id, text string) {
		t.Helper()
		if err := agent.LocalParticipant.PublishDataPacket(transcription{&livekit.Transcription{
			TranscribedParticipantIdentity: p.Identity, TrackId: track.ID,
			Segments: []*livekit.TranscriptionSegment{{Id: id, Text: text}},
		}}, lksdk.WithDataPublishReliable(true)); err != nil {
			t.Fatal(err)
		}
	}
	legacy("old", "Hello every")
	hears("Hello every")
	legacy("old", "Hello everyone.")
	if got := hears("Hello everyone."); got.ID != "old" || len(bob.Snapshot().Captions) != 1 {
		t.Errorf("a better guess is %+v among %d", got, len(bob.Snapshot().Captions))
	}

	// Text streams: one that grows, and then one whole stream for each guess.
	about := func(segment string) lksdk.StreamTextOptions {
		return lksdk.StreamTextOptions{Topic: "lk.transcription", Attributes: map[string]string{
			"lk.segment_id": segment, "lk.transcribed_track_id": track.ID, "lk.transcription_final": "false",
		}}
	}
	w := agent.LocalParticipant.StreamText(about("a"))
	w.Write("The draft ", nil)
	hears("The draft")
	w.Write("is at\x00 page ✓", nil)
	hears("The draft is at page ✓")
	w.Close()
	agent.LocalParticipant.SendText("On page", about("b"))
	hears("On page")
	agent.LocalParticipant.SendText("On page four.", about("b"))
	hears("On page four.")

	// A guess that is still open while the next one comes says nothing new at its end.
	older := agent.LocalParticipant.StreamText(about("b"))
	older.Write("On page for", nil)
	hears("On page for")
	sent := agent.LocalParticipant.SendText("On page forty.", about("b")).Timestamp
	if got := hears("On page forty."); got.Sent.UnixMilli() != sent {
		t.Errorf("sent at %v, want %v", got.Sent.UnixMilli(), sent)
	}
	older.Write("d", nil)
	older.Close()
	agent.LocalParticipant.SendText("Thank you.", about("thanks"))
	hears("Thank you.")
	for _, c := range bob.Snapshot().Captions {
		if c.ID == "b" && c.Text != "On page forty." {
			t.Errorf("an older guess has the last word: %q", c.Text)
		}
	}
	if n := len(bob.Snapshot().Captions); n != 4 {
		t.Errorf("%d captions, want 4", n)
	}

	// The same by packet counts no more, and what is long keeps its end.
	legacy("again", "The draft is at page")
	agent.LocalParticipant.SendText(strings.Repeat("word ", 2000)+"the end", about("c"))
	s = await(t, bob, "the long one", func(s call.Snapshot) bool { return strings.HasSuffix(last(s).Text, "the end") })
	if n := len(last(s).Text); n > 2<<10 || n < 1<<10 {
		t.Errorf("%d bytes of a long one are kept", n)
	}
	for _, c := range s.Captions {
		if c.ID == "again" {
			t.Error("what came as a stream is told twice")
		}
	}

	// Nobody but an agent speaks for others.
	mal := m.bare("mal", livekit.ParticipantInfo_STANDARD)
	await(t, bob, "Mal", func(s call.Snapshot) bool { _, ok := other(s, "mal"); return ok })
	mal.LocalParticipant.SendText("I resign.", about("x"))
	s = await(t, bob, "the forged one", func(s call.Snapshot) bool { return last(s).Text == "I resign." })
	if got := last(s).From; got != "mal" {
		t.Errorf("words of Mal's are told as those of %q", got)
	}
}
