package lkclient

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/server-sdk-go/v2/e2ee"
	"google.golang.org/protobuf/proto"
)

// packetMax is how large a data packet may be: the largest that LiveKit's server
// reads, and what it adds of the sender.
const packetMax = 64<<10 + 1<<10

// People are those in the room, as the server names them.
type People interface {
	Me() string // identity
	ByIdentity(identity string) (Sender, bool)
	BySID(sid string) (Sender, bool)
}

// Handlers get what the guard lets through, one packet after the other for each
// data channel. What they are given is theirs. A nil one wants nothing.
type Handlers struct {
	Text          func(Text)
	User          func(from Sender, topic string, payload []byte)
	Chat          func(Sender, *livekit.ChatMessage)
	Transcription func(Sender, *livekit.Transcription) // agents' alone
}

// Guard stands where the data of a room comes in. It bounds what is read and
// kept, knows whose it is, and keeps sealed and clear meetings apart: with a
// cryptor what is clear is dropped, whatever it is; without one, what is sealed.
//
// The server puts the sender's identity and SID on each packet (livekit-server
// v1.13.5, ParticipantImpl.handleReceivedDataMessage). Only for agents it leaves the
// identity that the packet claims, on the header of a text stream and on a chat
// message; it marks those as generated, and the SID stays the agent's. So a packet
// is its SID's owner's. Such a claim counts where the owner's kind is AGENT, and as
// Text.For alone: the kind is of the token, which only the keeper of the server's
// secret signs; the permission "agent", which a room's admin can give anybody, does
// not change it. Any other claim drops the packet, and so does one whose owner is
// not to be found, as with servers that put no SID on it. Sealed packets carry
// no claims, and transcriptions only their sender's identity.
type Guard struct {
	people  People
	cryptor *e2ee.DataCryptor
	h       Handlers

	mu      sync.Mutex // guards what follows
	streams *Streams
	opened  recent
}

// NewGuard makes one; cryptor is nil in a meeting without a key.
func NewGuard(people People, cryptor *e2ee.DataCryptor, topics map[string]Topic, h Handlers) *Guard {
	return &Guard{people: people, cryptor: cryptor, h: h, streams: NewStreams(topics)}
}

// Receive takes one packet as it came from the network.
func (g *Guard) Receive(now time.Time, b []byte) {
	if len(b) > packetMax {
		return
	}
	p := &livekit.DataPacket{}
	if (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, p) != nil {
		return
	}
	sealed := p.GetEncryptedPacket()
	if (sealed != nil) != (g.cryptor != nil) {
		return
	}
	from, claim, ok := g.sender(p)
	if !ok || from.ID == g.people.Me() || !g.admit(now, from) {
		return
	}
	if sealed != nil {
		payload, err := g.cryptor.Decrypt(sealed)
		if err != nil || !g.first(sealed) {
			return
		}
		e2ee.DecryptedPayloadToDataPacketValue(p, payload)
	}
	g.deliver(now, from, claim, p)
}

// sender is whose packet it is, and for whom else it claims to speak.
func (g *Guard) sender(p *livekit.DataPacket) (from Sender, claim string, ok bool) {
	identity := p.GetParticipantIdentity()
	generated := p.GetStreamHeader().GetTextHeader().GetGenerated() || p.GetChatMessage().GetGenerated()
	owner, known := g.people.BySID(p.GetParticipantSid())
	switch {
	case known && owner.ID == identity:
		return owner, "", true
	case known && owner.Agent && generated:
		return owner, identity, true
	case known || generated || identity == "":
		return Sender{}, "", false
	}
	// The server knows them, and we do not yet.
	if from, ok = g.people.ByIdentity(identity); !ok {
		from = Sender{ID: identity}
	}
	return from, "", true
}

func (g *Guard) admit(now time.Time, from Sender) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.streams.Packet(now, from)
}

// first reports whether a sealed packet comes for the first time. Whoever has no key
// can still record what another has sealed and send it as their own: nothing sealed
// says whose it is. Packets from before we came, or of long ago, cannot be known.
func (g *Guard) first(sealed *livekit.EncryptedPacket) bool {
	m := sha256.New()
	m.Write(sealed.GetIv())
	m.Write(sealed.GetEncryptedValue())
	var digest [16]byte
	copy(digest[:], m.Sum(nil))
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened.add(digest)
}

// message counts a message with so many bytes of text.
func (g *Guard) message(now time.Time, from Sender, bytes int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.streams.Message(now, from) && g.streams.Body(now, from, bytes)
}

func (g *Guard) deliver(now time.Time, from Sender, claim string, p *livekit.DataPacket) {
	switch v := p.GetValue().(type) {
	case *livekit.DataPacket_StreamHeader:
		g.text(func() (Text, bool) { return g.streams.Header(now, from, claim, v.StreamHeader) })
	case *livekit.DataPacket_StreamChunk:
		g.text(func() (Text, bool) { return g.streams.Chunk(now, from, v.StreamChunk) })
	case *livekit.DataPacket_StreamTrailer:
		g.text(func() (Text, bool) { return g.streams.Trailer(now, from, v.StreamTrailer) })
	case *livekit.DataPacket_User:
		t, wanted := g.streams.topics[v.User.GetTopic()]
		if wanted && g.h.User != nil && len(v.User.GetPayload()) <= t.Max && g.message(now, from, len(v.User.GetPayload())) {
			g.h.User(from, v.User.GetTopic(), v.User.GetPayload())
		}
	case *livekit.DataPacket_ChatMessage:
		if g.h.Chat != nil && g.message(now, from, len(v.ChatMessage.GetMessage())) {
			g.h.Chat(from, v.ChatMessage)
		}
	case *livekit.DataPacket_Transcription:
		if g.h.Transcription != nil && from.Agent && g.message(now, from, proto.Size(v.Transcription)) {
			g.h.Transcription(from, v.Transcription)
		}
	}
}

// text hands over what step gives, with no lock held.
func (g *Guard) text(step func() (Text, bool)) {
	g.mu.Lock()
	t, ok := step()
	g.mu.Unlock()
	if ok && g.h.Text != nil {
		g.h.Text(t)
	}
}

// Leave forgets a sender who has left the room.
func (g *Guard) Leave(identity string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.streams.Leave(identity)
}

// Expire forgets what has been silent for too long. It is to be called now and then.
func (g *Guard) Expire(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.streams.Expire(now)
}

// Kept is how much of others' data is kept now.
func (g *Guard) Kept() Kept {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.streams.Kept()
}
