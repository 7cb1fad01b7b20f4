package lkclient

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

var (
	start  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	topics = map[string]Topic{
		"chat":    {Max: 100},
		"caption": {Max: 20, Live: true, Attributes: []string{"segment", "track"}},
	}
	ann, bob = Sender{ID: "ann"}, Sender{ID: "bob"}
)

func head(topic, id string) *livekit.DataStream_Header {
	return &livekit.DataStream_Header{StreamId: id, Topic: topic,
		ContentHeader: &livekit.DataStream_Header_TextHeader{TextHeader: &livekit.DataStream_TextHeader{}}}
}

func part(id string, index uint64, text string) *livekit.DataStream_Chunk {
	return &livekit.DataStream_Chunk{StreamId: id, ChunkIndex: index, Content: []byte(text)}
}

func end(id string) *livekit.DataStream_Trailer { return &livekit.DataStream_Trailer{StreamId: id} }

func TestStreamsArePutTogether(t *testing.T) {
	lie, no := uint64(3), uint64(1<<63)
	for name, c := range map[string]struct {
		header *livekit.DataStream_Header
		chunks []*livekit.DataStream_Chunk
		want   string
		none   bool
	}{
		"none":            {header: head("chat", "s")},
		"two":             {header: head("chat", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, "ab"), part("s", 1, "cd")}, want: "abcd"},
		"repeated":        {header: head("chat", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, "ab"), part("s", 0, "ab"), part("s", 1, "cd")}, want: "abcd"},
		"a gap":           {header: head("chat", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, "ab"), part("s", 2, "cd")}, none: true},
		"huge index":      {header: head("chat", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 1<<64-1, "ab"), part("s", 0, "cd")}, want: "abcd"},
		"too long":        {header: head("chat", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, strings.Repeat("a", 99)), part("s", 1, "bbb")}, want: strings.Repeat("a", 99) + "b"},
		"the end of one":  {header: head("caption", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, "0123456789"), part("s", 1, "0123456789ab")}, want: "23456789" + "0123456789ab"},
		"the end at once": {header: head("caption", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, "0123456789"), part("s", 1, strings.Repeat("x", 19)+"0123456789")}, want: "xxxxxxxxxx0123456789"},
		"broken UTF-8":    {header: head("chat", "s"), chunks: []*livekit.DataStream_Chunk{part("s", 0, "a\xff"), part("s", 1, "\xe2\x9c"), part("s", 2, "\x93\xe2")}, want: "a✓"},
		"a wrong length": {header: &livekit.DataStream_Header{StreamId: "s", Topic: "chat", TotalLength: &lie, Timestamp: -1 << 63,
			ContentHeader: head("", "").ContentHeader}, chunks: []*livekit.DataStream_Chunk{part("s", 0, "abcdef")}, want: "abcdef"},
		"a huge length": {header: &livekit.DataStream_Header{StreamId: "s", Topic: "chat", TotalLength: &no, Timestamp: 1<<63 - 1,
			ContentHeader: head("", "").ContentHeader}, chunks: []*livekit.DataStream_Chunk{part("s", 0, "abcdef")}, want: "abcdef"},
		"another topic": {header: head("other", "s"), none: true},
		"no ID":         {header: head("chat", ""), none: true},
		"a long ID":     {header: head("chat", strings.Repeat("s", 1000)), none: true},
		"bytes":         {header: &livekit.DataStream_Header{StreamId: "s", Topic: "chat", ContentHeader: &livekit.DataStream_Header_ByteHeader{}}, none: true},
		"compressed": {header: &livekit.DataStream_Header{StreamId: "s", Topic: "chat", ContentHeader: head("", "").ContentHeader,
			Compression: livekit.DataStream_DEFLATE_RAW}, none: true},
	} {
		s := NewStreams(topics)
		if _, ok := s.Header(start, ann, "", c.header); ok {
			t.Errorf("%s: the header alone gives a text", name)
		}
		for _, p := range c.chunks {
			s.Chunk(start, ann, p)
		}
		got, ok := s.Trailer(start, ann, end(c.header.StreamId))
		if ok == c.none || got.Body != c.want || ok && !got.Done {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
		if k := s.Kept(); k.Streams != 0 || k.Bytes != 0 {
			t.Errorf("%s: %+v is kept", name, k)
		}
	}
	s := NewStreams(topics)
	whole := head("chat", "s")
	whole.InlineContent = []byte(strings.Repeat("x", 101))
	if got, ok := s.Header(start, ann, "", whole); !ok || !got.Done || len(got.Body) != 100 || s.Kept().Streams != 0 {
		t.Errorf("a whole one: %+v, %v", got, ok)
	}
}

func TestLiveStreamsComeInParts(t *testing.T) {
	s := NewStreams(topics)
	h := head("caption", "s")
	h.Attributes = map[string]string{"segment": "7", "track": strings.Repeat("x", 1000), "other": "x"}
	s.Header(start, ann, "bob", h)
	got, ok := s.Chunk(start, ann, part("s", 0, "ab\xe2"))
	if !ok || got.Done || got.Body != "ab" || got.For != "bob" || got.From != ann || len(got.Attributes) != 1 || got.Attributes["segment"] != "7" {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok = s.Chunk(start, ann, part("s", 1, "\x9c\x93")); !ok || got.Body != "ab✓" {
		t.Errorf("%+v, %v", got, ok)
	}
}

func TestStreamsAreTheirSenders(t *testing.T) {
	s := NewStreams(topics)
	s.Header(start, ann, "", head("chat", "s"))
	s.Header(start, bob, "", head("chat", "s"))
	s.Chunk(start, ann, part("s", 0, "hers"))
	s.Chunk(start, bob, part("s", 0, "his"))
	if got, ok := s.Trailer(start, bob, end("s")); !ok || got.Body != "his" || got.From != bob {
		t.Errorf("%+v, %v", got, ok)
	}
	s.Chunk(start, bob, part("s", 1, "!"))
	s.Header(start, bob, "", head("chat", "t"))
	s.Leave("bob")
	if got, ok := s.Trailer(start, ann, end("s")); !ok || got.Body != "hers" {
		t.Errorf("%+v, %v", got, ok)
	}
	if k := s.Kept(); k.Streams != 0 || k.Bytes != 0 {
		t.Errorf("%+v is kept", k)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s := NewStreams(map[string]Topic{"chat": {Max: 32 << 10}})
	now := start
	for i := range 20 {
		now = now.Add(time.Second)
		s.Header(now, ann, "", head("chat", fmt.Sprint(i)))
	}
	if got := s.Open("ann"); len(got) != streamsMax || got[0] != "12" {
		t.Errorf("open are %q", got)
	}
	now = now.Add(streamSilence + time.Second)
	s.Expire(now)
	if k := s.Kept(); k != (Kept{}) {
		t.Errorf("after silence %+v is kept", k)
	}

	// The largest loses, not the one who comes last.
	content := strings.Repeat("x", 32<<10)
	for i := range 2000 {
		from := Sender{ID: fmt.Sprint(i)}
		for j := range streamsMax {
			s.Header(now, from, "", head("chat", fmt.Sprint(j)))
			s.Chunk(now, from, part(fmt.Sprint(j), 0, content))
		}
		if k := s.Kept(); k.Bytes > bytesMax || k.Senders > sendersMax {
			t.Fatalf("%+v is kept", k)
		}
	}
	s.Header(now, ann, "", head("chat", "s"))
	s.Chunk(now, ann, part("s", 0, "small"))
	for j := range streamsMax {
		s.Header(now, bob, "", head("chat", fmt.Sprint(j)))
		s.Chunk(now, bob, part(fmt.Sprint(j), 0, content))
	}
	if got, ok := s.Trailer(now, ann, end("s")); !ok || got.Body != "small" {
		t.Errorf("%+v, %v", got, ok)
	}
}

// What takes long to show counts for more, in each way that it can come.
func TestLongTextsAreSlowedDown(t *testing.T) {
	const long = 8 << 10
	body := strings.Repeat("x", long)
	ways := map[string]func(g *Guard, now time.Time, i int) *livekit.DataPacket{
		"in the header": func(_ *Guard, _ time.Time, i int) *livekit.DataPacket {
			h := head("chat", fmt.Sprint(i))
			h.InlineContent = []byte(body)
			return &livekit.DataPacket{Value: &livekit.DataPacket_StreamHeader{StreamHeader: h}}
		},
		"a stream": func(g *Guard, now time.Time, i int) *livekit.DataPacket {
			g.streams.Header(now, ann, "", head("chat", fmt.Sprint(i)))
			g.streams.Chunk(now, ann, part(fmt.Sprint(i), 0, body))
			return &livekit.DataPacket{Value: &livekit.DataPacket_StreamTrailer{StreamTrailer: end(fmt.Sprint(i))}}
		},
		"a live stream": func(g *Guard, now time.Time, i int) *livekit.DataPacket {
			g.streams.Header(now, ann, "", head("caption", "s"))
			return &livekit.DataPacket{Value: &livekit.DataPacket_StreamChunk{StreamChunk: part("s", uint64(i), body)}}
		},
		"a packet": func(_ *Guard, _ time.Time, i int) *livekit.DataPacket {
			return &livekit.DataPacket{Value: &livekit.DataPacket_User{User: &livekit.UserPacket{Topic: proto.String("chat"), Payload: []byte(body)}}}
		},
		"an old packet": func(_ *Guard, _ time.Time, i int) *livekit.DataPacket {
			return &livekit.DataPacket{Value: &livekit.DataPacket_ChatMessage{ChatMessage: &livekit.ChatMessage{Message: body}}}
		},
	}
	for name, packet := range ways {
		taken, sent := 0, 0
		took := func() { taken++ }
		g := NewGuard(room, nil, map[string]Topic{"chat": {Max: long}, "caption": {Max: long, Live: true}}, Handlers{
			Text: func(Text) { took() }, User: func(Sender, string, []byte) { took() }, Chat: func(Sender, *livekit.ChatMessage) { took() },
		})
		send := func(now time.Time, n int) int {
			taken = 0
			for range n {
				p := packet(g, now, sent)
				sent++
				p.ParticipantIdentity, p.ParticipantSid = "ann", "SID_A"
				b, err := proto.Marshal(p)
				if err != nil {
					t.Fatal(err)
				}
				g.Receive(now, b)
			}
			return taken
		}
		if n := send(start, 20); n != 1 {
			t.Errorf("%s: %d at once", name, n)
		}
		if n := send(start.Add(time.Minute), 20); n != 1 {
			t.Errorf("%s: %d a minute later", name, n)
		}
	}
	// The longest is taken, too.
	s := NewStreams(topics)
	if !s.Message(start, ann) || !s.Body(start, ann, 1<<20) || s.Body(start, ann, 1) {
		t.Error("a text that is longer than all that may come at once")
	}
}

func TestSendersAreSlowedDown(t *testing.T) {
	s := NewStreams(topics)
	count := func(now time.Time, from Sender, n int) (taken int) {
		for range n {
			if s.Message(now, from) {
				taken++
			}
		}
		return taken
	}
	if n := count(start, ann, 1000); n != messageBurst {
		t.Errorf("%d at once", n)
	}
	if n := count(start, bob, 10); n != 10 {
		t.Errorf("%d of another's", n)
	}
	if n := count(start.Add(time.Second), ann, 1000); n != messageRate {
		t.Errorf("%d a second later", n)
	}
	if n := count(start.Add(-time.Hour), ann, 1000); n != 0 {
		t.Errorf("%d where the clock went back", n)
	}
	if n := count(start, Sender{ID: "agent", Agent: true}, 1000); n != messageBurst*agentTimes {
		t.Errorf("%d of an agent's", n)
	}
}
