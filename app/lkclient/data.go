package lkclient

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

// Data takes a room's data channels away from LiveKit's client. The client finds
// streams by their ID alone, starts a goroutine for each, keeps them without
// bound, and ends the program where a trailer's attributes meet a header without
// any (docs/upstream.md); it hands packets on without word of whether they were
// sealed, and answers calls of procedures. So the messages go to a Guard, and the
// client never sees one.
type Data struct {
	room   *lksdk.Room
	engine *lksdk.RTCEngine
	guard  *Guard
	taken  atomic.Bool

	// Fields of the engine's, which its own OnDataChannel sets.
	channels       *sync.RWMutex
	reliable, loss **webrtc.DataChannel
}

// TakeData is called before the room is joined: nothing of it runs yet. It makes
// the client deaf to data at once; Connect lets the guard hear.
func TakeData(room *lksdk.Room, guard *Guard) (*Data, error) {
	d := &Data{room: room, guard: guard}
	engine, err := Field[*lksdk.RTCEngine](room, "engine")
	if err != nil {
		return nil, fmt.Errorf("take the data channels: %w", err)
	}
	d.engine = *engine
	if d.channels, err = Field[sync.RWMutex](d.engine, "dclock"); err == nil {
		if d.reliable, err = Field[*webrtc.DataChannel](d.engine, "reliableDCSub"); err == nil {
			d.loss, err = Field[*webrtc.DataChannel](d.engine, "lossyDCSub")
		}
	}
	if err == nil {
		err = setInterface(d.engine, "engineHandler", deaf{room})
	}
	if err != nil {
		return nil, fmt.Errorf("take the data channels: %w", err)
	}
	return d, nil
}

// Connect takes over the channels of the connections that the client has made. It
// is to be called after each answer to joining, before the client reads what
// the server sends next.
func (d *Data) Connect() {
	for _, kind := range []livekit.DataPacket_Kind{livekit.DataPacket_RELIABLE, livekit.DataPacket_LOSSY} {
		if c := d.engine.GetDataChannel(kind); c != nil {
			c.OnMessage(d.message)
		}
	}
	subscriber, ok := d.engine.Subscriber()
	if !ok {
		return
	}
	subscriber.PeerConnection().OnDataChannel(func(c *webrtc.DataChannel) {
		d.channels.Lock()
		defer d.channels.Unlock()
		// The client tells the server of them when it resumes.
		switch c.Label() {
		case "_reliable":
			*d.reliable = c
		case "_lossy":
			*d.loss = c
		default:
			return
		}
		c.OnMessage(d.message)
	})
	d.taken.Store(true)
}

// Taken reports whether the channels are ours. A joined room's must be.
func (d *Data) Taken() bool { return d.taken.Load() }

func (d *Data) message(m webrtc.DataChannelMessage) {
	if m.IsString {
		return // the server sends none
	}
	d.guard.Receive(time.Now(), m.Data)
}

// queuedMax is how much may wait to be sent.
const queuedMax = 1 << 20

// ErrQueueFull is what SendText gives while the network does not keep up.
var ErrQueueFull = fmt.Errorf("more than %d bytes wait to be sent", queuedMax)

// SendText sends a text stream to everyone, whole and in the order of calls, and
// returns its ID. The client's own SendText sends the text on a goroutine of its
// own for each, so that several arrive in any order.
func (d *Data) SendText(topic, text string) (string, error) {
	if c := d.engine.GetDataChannel(livekit.DataPacket_RELIABLE); c != nil && c.BufferedAmount() > queuedMax {
		return "", fmt.Errorf("send text: %w", ErrQueueFull)
	}
	id, size := uuid.NewString(), uint64(len(text))
	packets := []*livekit.DataPacket{{Value: &livekit.DataPacket_StreamHeader{StreamHeader: &livekit.DataStream_Header{
		StreamId: id, Topic: topic, MimeType: "text/plain", Timestamp: time.Now().UnixMilli(), TotalLength: &size,
		ContentHeader: &livekit.DataStream_Header_TextHeader{TextHeader: &livekit.DataStream_TextHeader{}},
	}}}}
	for i := uint64(0); text != ""; i++ {
		n := cut(text, lksdk.STREAM_CHUNK_SIZE)
		packets = append(packets, &livekit.DataPacket{Value: &livekit.DataPacket_StreamChunk{StreamChunk: &livekit.DataStream_Chunk{
			StreamId: id, ChunkIndex: i, Content: []byte(text[:n]),
		}}})
		text = text[n:]
	}
	packets = append(packets, &livekit.DataPacket{Value: &livekit.DataPacket_StreamTrailer{StreamTrailer: &livekit.DataStream_Trailer{StreamId: id}}})
	for _, p := range packets {
		if err := d.room.LocalParticipant.PublishDataPacket(packet{p}, lksdk.WithDataPublishReliable(true)); err != nil {
			return "", fmt.Errorf("send text: %w", err)
		}
	}
	return id, nil
}

// cut is where a text of more than most bytes is cut: before a rune.
func cut(text string, most int) int {
	if len(text) <= most {
		return len(text)
	}
	n := most
	for n > most-3 && text[n]&0xc0 == 0x80 {
		n--
	}
	return n
}

type packet struct{ p *livekit.DataPacket }

// ToProto implements lksdk.DataPacket.
func (p packet) ToProto() *livekit.DataPacket { return p.p }

// deaf is what the client's engine tells of data: nothing. All else goes to the room.
type deaf struct{ *lksdk.Room }

func (deaf) OnDataPacket(string, lksdk.DataPacket)                              {}
func (deaf) OnTranscription(*livekit.Transcription)                             {}
func (deaf) OnRpcRequest(string, string, string, string, time.Duration, uint32) {}
func (deaf) OnRpcAck(string)                                                    {}
func (deaf) OnRpcResponse(string, *string, *lksdk.RpcError)                     {}
func (deaf) OnStreamHeader(*livekit.DataStream_Header, string)                  {}
func (deaf) OnStreamChunk(*livekit.DataStream_Chunk)                            {}
func (deaf) OnStreamTrailer(*livekit.DataStream_Trailer)                        {}

// roomPeople finds people in a room.
type roomPeople struct{ room *lksdk.Room }

// RoomPeople are those in the room, as LiveKit's client knows them.
func RoomPeople(room *lksdk.Room) People { return roomPeople{room} }

func (r roomPeople) Me() string { return r.room.LocalParticipant.Identity() }

func (r roomPeople) ByIdentity(identity string) (Sender, bool) {
	return senderOf(r.room.GetParticipantByIdentity(identity))
}

func (r roomPeople) BySID(sid string) (Sender, bool) {
	return senderOf(r.room.GetParticipantBySID(sid))
}

func senderOf(p *lksdk.RemoteParticipant) (Sender, bool) {
	if p == nil {
		return Sender{}, false
	}
	return Sender{ID: p.Identity(), Agent: p.Kind() == lksdk.ParticipantAgent}, true
}
