package lkclient

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/livekit/server-sdk-go/v2/e2ee"
	"google.golang.org/protobuf/proto"
)

// present are people by SID.
type present map[string]Sender

func (p present) Me() string { return "me" }
func (p present) BySID(sid string) (Sender, bool) {
	s, ok := p[sid]
	return s, ok
}
func (p present) ByIdentity(id string) (Sender, bool) {
	for _, s := range p {
		if s.ID == id {
			return s, true
		}
	}
	return Sender{}, false
}

var room = present{"SID_A": {ID: "ann"}, "SID_B": {ID: "bob"}, "SID_G": {ID: "agent", Agent: true}}

func cryptor(t testing.TB, passphrase string) *e2ee.DataCryptor {
	t.Helper()
	keys := e2ee.NewExternalKeyProvider()
	if err := keys.SetKeyFromPassphrase(passphrase, 0); err != nil {
		t.Fatal(err)
	}
	return e2ee.NewDataCryptor(keys)
}

// heard writes down what a guard lets through.
type heard []string

func (h *heard) handlers() Handlers {
	note := func(format string, a ...any) { *h = append(*h, fmt.Sprintf(format, a...)) }
	return Handlers{
		Text: func(t Text) {
			if t.Done {
				note("text %s/%s %s", t.From.ID, t.For, t.Body)
			}
		},
		User:          func(from Sender, topic string, b []byte) { note("user %s %s", from.ID, b) },
		Chat:          func(from Sender, m *livekit.ChatMessage) { note("chat %s %s", from.ID, m.Message) },
		Transcription: func(from Sender, t *livekit.Transcription) { note("transcription %s", from.ID) },
	}
}

func whole(text string, generated bool) *livekit.DataPacket {
	h := head("chat", text)
	h.InlineContent = []byte(text)
	h.GetTextHeader().Generated = generated
	return &livekit.DataPacket{Value: &livekit.DataPacket_StreamHeader{StreamHeader: h}}
}

func TestSendersAreWhomTheServerNames(t *testing.T) {
	chat := func(generated bool) *livekit.DataPacket {
		return &livekit.DataPacket{Value: &livekit.DataPacket_ChatMessage{ChatMessage: &livekit.ChatMessage{Message: "x", Generated: generated}}}
	}
	old := &livekit.DataPacket{Value: &livekit.DataPacket_Transcription{Transcription: &livekit.Transcription{}}}
	for _, c := range []struct {
		p             *livekit.DataPacket
		identity, sid string
		want          string
	}{
		{whole("x", false), "ann", "SID_A", "text ann/ x"},
		{whole("x", false), "ann", "", "text ann/ x"},      // a server that puts none on it
		{whole("x", false), "new", "SID_X", "text new/ x"}, // whom we do not know yet
		{whole("x", false), "", "", ""},
		{whole("x", false), "me", "SID_M", ""},
		{whole("x", true), "ann", "SID_A", "text ann/ x"},
		{whole("x", true), "ann", "SID_B", ""},
		{whole("x", true), "ann", "SID_G", "text agent/ann x"},
		{whole("x", true), "me", "SID_G", "text agent/me x"},
		{whole("x", false), "ann", "SID_G", ""}, // the server marks each claim
		{whole("x", true), "ann", "", ""},
		{whole("x", true), "ann", "SID_X", ""},
		{chat(true), "ann", "SID_G", "chat agent x"},
		{chat(true), "ann", "SID_B", ""},
		{chat(false), "ann", "SID_A", "chat ann x"},
		{old, "agent", "SID_G", "transcription agent"},
		{old, "ann", "SID_A", ""},
		{old, "new", "SID_X", ""},
	} {
		var got heard
		g := NewGuard(room, nil, topics, got.handlers())
		c.p.ParticipantIdentity, c.p.ParticipantSid = c.identity, c.sid
		b, err := proto.Marshal(c.p)
		if err != nil {
			t.Fatal(err)
		}
		g.Receive(start, b)
		if len(got) > 1 || len(got) == 1 && got[0] != c.want || len(got) == 0 && c.want != "" {
			t.Errorf("%v: %q, want %q", c.p, got, c.want)
		}
	}
}

func TestSealedAndClearAreKeptApart(t *testing.T) {
	packets := []*livekit.DataPacket{
		whole("x", false),
		{Value: &livekit.DataPacket_User{User: &livekit.UserPacket{Topic: proto.String("chat"), Payload: []byte("x")}}},
		{Value: &livekit.DataPacket_ChatMessage{ChatMessage: &livekit.ChatMessage{Message: "x"}}},
		{Value: &livekit.DataPacket_Transcription{Transcription: &livekit.Transcription{}}},
	}
	ours, theirs := cryptor(t, "ours"), cryptor(t, "theirs")
	for _, p := range packets {
		p.ParticipantIdentity, p.ParticipantSid = "agent", "SID_G"
		for _, with := range []*e2ee.DataCryptor{nil, ours, theirs} {
			sent := p
			if with != nil {
				var err error
				if sent, err = with.Encrypt(p); err != nil {
					t.Fatal(err)
				}
				sent.ParticipantSid = p.ParticipantSid
			}
			_, ok := sent.Value.(*livekit.DataPacket_EncryptedPacket)
			b, err := proto.Marshal(sent)
			if err != nil {
				t.Fatal(err)
			}
			for _, by := range []*e2ee.DataCryptor{nil, ours} {
				var got heard
				NewGuard(room, by, topics, got.handlers()).Receive(start, b)
				if want := by == nil && !ok || by == ours && with == ours && ok; (len(got) == 1) != want {
					t.Errorf("%T sealed by %p: with %p %q is heard", p.Value, with, by, got)
				}
			}
		}
	}
}

// What somebody has sealed is not another's line, whoever sends it again.
func TestWhatWasSealedComesOnce(t *testing.T) {
	with := cryptor(t, "key")
	sealed, err := with.Encrypt(chat("ann's"))
	if err != nil {
		t.Fatal(err)
	}
	var got heard
	g := NewGuard(room, with, topics, got.handlers())
	for i, from := range []struct{ id, sid string }{{"ann", "SID_A"}, {"bob", "SID_B"}, {"ann", "SID_A"}} {
		sealed.ParticipantIdentity, sealed.ParticipantSid = from.id, from.sid
		b, err := proto.Marshal(sealed)
		if err != nil {
			t.Fatal(err)
		}
		g.Receive(start.Add(time.Duration(i)*time.Second), b)
	}
	if len(got) != 1 || got[0] != "chat ann ann's" {
		t.Errorf("a packet that is sent three times is taken as %q", got)
	}
	var r recent
	for i := range 5 * recentMax {
		digest := [16]byte{byte(i), byte(i >> 8), byte(i >> 16)}
		if !r.add(digest) || r.add(digest) {
			t.Fatalf("digest %d is not remembered once", i)
		}
	}
	if n := len(r.newer) + len(r.older); n > 2*recentMax {
		t.Errorf("%d digests are kept", n)
	}
}

func chat(text string) *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_ChatMessage{ChatMessage: &livekit.ChatMessage{Id: text, Message: text}}}
}

// A later client may have other fields: then joining fails, and this test before.
func TestTheClientIsTheOneWeKnow(t *testing.T) {
	r := lksdk.NewRoom(lksdk.NewRoomCallback())
	d, err := TakeData(r, NewGuard(RoomPeople(r), nil, nil, Handlers{}))
	if err != nil {
		t.Fatal(err)
	}
	if d.Taken() {
		t.Error("channels are taken before there are any")
	}
	if _, err := Field[int](r, "engine"); !errors.Is(err, ErrOtherClient) {
		t.Errorf("a field of another type: %v", err)
	}
	if _, err := Field[int](r, "no such field"); !errors.Is(err, ErrOtherClient) {
		t.Errorf("no field: %v", err)
	}
	if err := setInterface(d.engine, "engineHandler", 5); !errors.Is(err, ErrOtherClient) {
		t.Errorf("another handler: %v", err)
	}
}

// FuzzGuard has several senders send packets of any bytes, time pass and senders
// leave. The first byte of each step says which, the second how long the rest is.
func FuzzGuard(f *testing.F) {
	step := func(what byte, p *livekit.DataPacket) []byte {
		var b []byte
		if p != nil {
			var err error
			if b, err = proto.Marshal(p); err != nil || len(b) > 255 {
				f.Fatal(err, len(b))
			}
		}
		return append([]byte{what, byte(len(b))}, b...)
	}
	value := func(identity, sid string, v *livekit.DataPacket) *livekit.DataPacket {
		v.ParticipantIdentity, v.ParticipantSid = identity, sid
		return v
	}
	var all []byte
	for i, id := range []string{"ann", "bob", "agent"} {
		sid := []string{"SID_A", "SID_B", "SID_G"}[i]
		all = append(all, step(0, value(id, sid, &livekit.DataPacket{Value: &livekit.DataPacket_StreamHeader{StreamHeader: head("caption", "s")}}))...)
		all = append(all, step(0, value(id, sid, &livekit.DataPacket{Value: &livekit.DataPacket_StreamChunk{StreamChunk: part("s", 0, "abc")}}))...)
	}
	for i, id := range []string{"ann", "bob"} {
		sid := []string{"SID_A", "SID_B"}[i]
		all = append(all, step(0, value(id, sid, &livekit.DataPacket{Value: &livekit.DataPacket_StreamTrailer{StreamTrailer: &livekit.DataStream_Trailer{StreamId: "s", Attributes: map[string]string{"a": "b"}}}}))...)
	}
	f.Add(all)
	f.Add(append(step(0, value("ann", "SID_A", whole("x", true))), step(1, nil)...))
	f.Add(append(step(0, value("ann", "SID_G", whole("x", true))), step(2, nil)...))
	sealed, err := cryptor(f, "key").Encrypt(value("ann", "SID_A", whole("x", false)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(step(0, sealed))
	f.Add(step(3, nil))
	with := cryptor(f, "key")
	f.Fuzz(func(t *testing.T, b []byte) {
		now := start
		check := func(from Sender, text string) {
			if from.ID == "" || from.ID == "me" {
				t.Fatalf("%q is by %q", text, from.ID)
			}
		}
		h := Handlers{
			Text: func(x Text) {
				check(x.From, x.Body)
				if most := topics[x.Topic].Max; len(x.Body) > most || most == 0 || len(x.ID) > idMax || len(x.Attributes) > 2 {
					t.Fatalf("%+v", x)
				}
				if x.For != "" && !x.From.Agent {
					t.Fatalf("%q speaks for %q", x.From.ID, x.For)
				}
			},
			User: func(from Sender, _ string, p []byte) { check(from, string(p)) },
			Chat: func(from Sender, m *livekit.ChatMessage) { check(from, m.GetMessage()) },
			Transcription: func(from Sender, _ *livekit.Transcription) {
				if !from.Agent {
					t.Fatalf("%q transcribes", from.ID)
				}
			},
		}
		guards := []*Guard{NewGuard(room, nil, topics, h), NewGuard(room, with, topics, h)}
		for len(b) >= 2 {
			what, n := b[0], min(int(b[1]), len(b)-2)
			step := b[2 : 2+n]
			b = b[2+n:]
			if what%4 == 2 {
				now = now.Add(time.Duration(n) * time.Second)
			}
			for _, g := range guards {
				switch what % 4 {
				case 1:
					before := g.streams.Open("bob")
					g.Leave("ann")
					if len(g.streams.Open("ann")) > 0 || fmt.Sprint(before) != fmt.Sprint(g.streams.Open("bob")) {
						t.Fatal("leaving")
					}
				case 2:
					g.Expire(now)
				default:
					p := &livekit.DataPacket{}
					known := proto.Unmarshal(step, p) == nil
					others := map[string]string{}
					for id := range g.streams.senders {
						others[id] = content(g, id)
					}
					g.Receive(now, step)
					if !known {
						continue
					}
					// Nobody but the packet's sender, by either name, is touched.
					owner, _ := room.BySID(p.ParticipantSid)
					for id, was := range others {
						if id != p.ParticipantIdentity && id != owner.ID && g.streams.senders[id] != nil && content(g, id) != was {
							t.Fatalf("a packet of %q (%q) touches %q", p.ParticipantIdentity, p.ParticipantSid, id)
						}
					}
				}
				k := g.Kept()
				sum := 0
				for id, d := range g.streams.senders {
					most := streamsMax
					if id == "agent" {
						most *= agentTimes
					}
					if len(d.streams) > most {
						t.Fatalf("%d streams of %q", len(d.streams), id)
					}
					own := 0
					for _, s := range d.streams {
						own += s.cost
					}
					if own != d.bytes {
						t.Fatalf("%q is charged %d for %d", id, d.bytes, own)
					}
					sum += own
				}
				if sum != k.Bytes || sum > bytesMax {
					t.Fatalf("%d bytes are counted, %d kept", k.Bytes, sum)
				}
			}
		}
	})
}

// content is all that is kept of one sender.
func content(g *Guard, id string) (all string) {
	for _, i := range g.streams.Open(id) {
		s := g.streams.senders[id].streams[i]
		all += fmt.Sprintf("%q %q %d;", i, s.body, s.next)
	}
	return all
}
