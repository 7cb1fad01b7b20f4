package lkclient

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/livekit/protocol/livekit"
)

// Bounds of what one sender may have us keep and do.
const (
	streamsMax    = 8                // open at once
	streamSilence = 30 * time.Second // after which a stream is forgotten
	messageRate   = 20.0             // a second: streams and packets of their own
	messageBurst  = 50.0
	packetRate    = 500.0 // a second: chunks, too
	packetBurst   = 1000.0
	agentTimes    = 8 // as much for an agent, who transcribes a whole meeting
)

// MessageBytes is how much text counts as one message more: to show it takes time.
const MessageBytes = 200

// Bounds of what all senders together may have us keep.
const (
	sendersMax   = 1024
	bytesMax     = 8 << 20
	idMax        = 128 // bytes of a stream's ID
	attributeMax = 256 // bytes of an attribute
	streamCost   = 512 // bytes of an empty stream, with its place in the map
)

// Sender is the participant a packet came from.
type Sender struct {
	ID    string // identity
	Agent bool   // by the kind in its token, which only the server's keeper signs
}

// Topic is how text streams of one topic are taken.
type Topic struct {
	Max        int      // bytes kept of one
	Live       bool     // each chunk is reported, and of a longer text the end is kept, not the beginning
	Attributes []string // those that are wanted of the header
}

// Text is a text stream, as far as it has come.
type Text struct {
	From       Sender
	For        string // whom an agent claims to speak for; empty without a claim
	Topic, ID  string
	Attributes map[string]string // nil where none of the wanted ones came
	Body       string            // valid UTF-8
	Sent       time.Time         // by the sender's clock
	Number     uint64            // counts what has begun: of a sender's streams, a later one has a higher number
	Done       bool
}

// Streams puts text streams together from their packets. A stream belongs to its
// sender: to others the same ID is another stream. Nothing in here waits, and
// nothing runs beside it. Not safe for concurrent use.
type Streams struct {
	topics  map[string]Topic
	senders map[string]*sender
	bytes   int
	begun   uint64 // streams
	swept   time.Time
}

type sender struct {
	streams           map[string]*stream
	bytes             int
	messages, packets bucket
	last              time.Time // of any packet
}

type stream struct {
	Text
	topic   Topic
	body    []byte
	next    uint64 // index of the next chunk
	started bool
	last    time.Time // of any packet
	cost    int       // bytes
}

// bucket lets through rate in a second, and burst at once.
type bucket struct {
	left float64
	at   time.Time
}

func (b *bucket) take(now time.Time, n, rate, burst float64) bool {
	if b.at.IsZero() {
		b.left = burst
	} else if d := now.Sub(b.at); d > 0 {
		b.left = min(burst, b.left+rate*d.Seconds())
	}
	b.at = now
	if b.left < n {
		return false
	}
	b.left -= n
	return true
}

// NewStreams takes the topics that are listened to; streams of others are dropped.
func NewStreams(topics map[string]Topic) *Streams {
	return &Streams{topics: maps.Clone(topics), senders: map[string]*sender{}}
}

// Packet counts a packet of from's against its rate, and reports whether to look into it.
func (s *Streams) Packet(now time.Time, from Sender) bool {
	return s.sender(now, from).packets.take(now, 1, packetRate*times(from), packetBurst*times(from))
}

// Message counts a message of from's against its rate, and reports whether to take it.
func (s *Streams) Message(now time.Time, from Sender) bool {
	return s.messages(now, from, 1)
}

// Body counts the bytes of a message's text against the same rate, and reports whether
// to take it. The largest text is taken from who has said nothing for a while.
func (s *Streams) Body(now time.Time, from Sender, bytes int) bool {
	return s.messages(now, from, min(float64(bytes)/MessageBytes, messageBurst-1))
}

func (s *Streams) messages(now time.Time, from Sender, n float64) bool {
	return s.sender(now, from).messages.take(now, n, messageRate*times(from), messageBurst*times(from))
}

func times(from Sender) float64 {
	if from.Agent {
		return agentTimes
	}
	return 1
}

// sender finds or makes the state of one.
func (s *Streams) sender(now time.Time, from Sender) *sender {
	d := s.senders[from.ID]
	if d == nil {
		s.Expire(now)
		if len(s.senders) >= sendersMax {
			oldest, at := "", time.Time{}
			for id, o := range s.senders {
				if oldest == "" || o.last.Before(at) {
					oldest, at = id, o.last
				}
			}
			s.Leave(oldest)
		}
		d = &sender{streams: map[string]*stream{}}
		s.senders[from.ID] = d
	}
	d.last = now
	return d
}

// Header begins a stream. The text is returned where it is of interest at once:
// what is short may be whole in its header.
func (s *Streams) Header(now time.Time, from Sender, claim string, h *livekit.DataStream_Header) (Text, bool) {
	topic, ok := s.topics[h.GetTopic()]
	id := h.GetStreamId()
	if !ok || h.GetTextHeader() == nil || id == "" || len(id) > idMax || h.GetCompression() != livekit.DataStream_NONE {
		return Text{}, false
	}
	d := s.sender(now, from)
	if d.streams[id] != nil || !s.Message(now, from) {
		return Text{}, false
	}
	s.begun++
	t := &stream{topic: topic, last: now, cost: streamCost + len(id),
		Text: Text{From: from, For: claim, Topic: h.GetTopic(), ID: id, Sent: time.UnixMilli(h.GetTimestamp()), Number: s.begun}}
	for _, name := range topic.Attributes {
		if value, ok := h.GetAttributes()[name]; ok && len(value) <= attributeMax {
			if t.Attributes == nil {
				t.Attributes = map[string]string{}
			}
			t.Attributes[name] = value
			t.cost += len(name) + len(value)
		}
	}
	if h.InlineContent != nil {
		t.add(h.GetInlineContent())
		return t.text(true), s.Body(now, from, len(t.body))
	}
	if len(d.streams) >= streamsMax*int(times(from)) {
		s.drop(d, quietest(d))
	}
	d.streams[id] = t
	s.charge(d, t.cost)
	return Text{}, false
}

// Chunk adds to a stream. A chunk that came before is ignored; with a gap the
// stream is given up.
func (s *Streams) Chunk(now time.Time, from Sender, c *livekit.DataStream_Chunk) (Text, bool) {
	d := s.sender(now, from)
	t := d.streams[c.GetStreamId()]
	if t == nil || t.started && c.GetChunkIndex() < t.next {
		return Text{}, false
	}
	if t.started && c.GetChunkIndex() > t.next {
		s.drop(d, t.ID)
		return Text{}, false
	}
	t.started, t.next, t.last = true, c.GetChunkIndex()+1, now
	before := cap(t.body)
	t.add(c.GetContent())
	grown := cap(t.body) - before
	t.cost += grown
	s.charge(d, grown)
	if !t.topic.Live || d.streams[t.ID] != t || !s.Body(now, from, len(t.body)) {
		return Text{}, false
	}
	return t.text(false), true
}

// Trailer ends a stream. What it says beside that is nothing that we want.
func (s *Streams) Trailer(now time.Time, from Sender, r *livekit.DataStream_Trailer) (Text, bool) {
	d := s.sender(now, from)
	t := d.streams[r.GetStreamId()]
	if t == nil {
		return Text{}, false
	}
	s.drop(d, t.ID)
	// Of a live stream all but its last words has been counted.
	return t.text(true), t.topic.Live || s.Body(now, from, len(t.body))
}

// add keeps content as far as the topic allows.
func (t *stream) add(content []byte) {
	most := t.topic.Max
	if !t.topic.Live {
		t.body = append(t.body, content[:min(len(content), most-len(t.body))]...)
		return
	}
	if len(content) >= most {
		t.body = append(t.body[:0], content[len(content)-most:]...)
		return
	}
	if over := len(t.body) + len(content) - most; over > 0 {
		t.body = t.body[:copy(t.body, t.body[over:])]
	}
	t.body = append(t.body, content...)
}

func (t *stream) text(done bool) Text {
	u := t.Text
	u.Body, u.Done = strings.ToValidUTF8(string(t.body), ""), done
	return u
}

// charge notes what d keeps more than before. Where all keep too much, whoever
// keeps the most loses it.
func (s *Streams) charge(d *sender, bytes int) {
	d.bytes += bytes
	s.bytes += bytes
	for s.bytes > bytesMax {
		var most *sender
		for _, o := range s.senders {
			if most == nil || o.bytes > most.bytes {
				most = o
			}
		}
		for id := range most.streams {
			s.drop(most, id)
		}
	}
}

// quietest is the stream that has been silent for longest.
func quietest(d *sender) (id string) {
	var at time.Time
	for i, t := range d.streams {
		if id == "" || t.last.Before(at) {
			id, at = i, t.last
		}
	}
	return id
}

func (s *Streams) drop(d *sender, id string) {
	t := d.streams[id]
	delete(d.streams, id)
	d.bytes -= t.cost
	s.bytes -= t.cost
}

// Leave forgets a sender and all of its.
func (s *Streams) Leave(id string) {
	if d := s.senders[id]; d != nil {
		s.bytes -= d.bytes
		delete(s.senders, id)
	}
}

// Expire forgets what has been silent for too long. It looks once a second at most.
func (s *Streams) Expire(now time.Time) {
	if d := now.Sub(s.swept); d >= 0 && d < time.Second {
		return
	}
	s.swept = now
	for id, d := range s.senders {
		for i, t := range d.streams {
			if now.Sub(t.last) > streamSilence {
				s.drop(d, i)
			}
		}
		if len(d.streams) == 0 && now.Sub(d.last) > streamSilence {
			s.Leave(id)
		}
	}
}

// Kept is how much is kept now.
type Kept struct{ Senders, Streams, Bytes int }

// Kept counts it.
func (s *Streams) Kept() Kept {
	k := Kept{Senders: len(s.senders), Bytes: s.bytes}
	for _, d := range s.senders {
		k.Streams += len(d.streams)
	}
	return k
}

// Open are the IDs of a sender's open streams, sorted.
func (s *Streams) Open(id string) []string {
	d := s.senders[id]
	if d == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(d.streams))
}
