package call_test

import (
	"context"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"

	"foyer/app/call"
	"foyer/internal/e2e/hostile"
)

// attacker joins the meeting by a role's link, as a client that keeps no rules.
func (m *meeting) attacker(role, name string) *hostile.Client {
	m.t.Helper()
	c := m.config(role, name)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	h, err := hostile.Join(ctx, c.URL, c.Token)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(h.Close)
	return h
}

// header, chunk and trailer are the packets of a text stream.
func header(topic, id string, attributes map[string]string) *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_StreamHeader{StreamHeader: &livekit.DataStream_Header{
		StreamId: id, Topic: topic, Timestamp: time.Now().UnixMilli(), Attributes: attributes,
		ContentHeader: &livekit.DataStream_Header_TextHeader{TextHeader: &livekit.DataStream_TextHeader{}},
	}}}
}

func chunk(id string, index uint64, text string) *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_StreamChunk{StreamChunk: &livekit.DataStream_Chunk{
		StreamId: id, ChunkIndex: index, Content: []byte(text)}}}
}

func trailer(id string, attributes map[string]string) *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_StreamTrailer{StreamTrailer: &livekit.DataStream_Trailer{
		StreamId: id, Attributes: attributes}}}
}

func send(t *testing.T, h *hostile.Client, packets ...*livekit.DataPacket) {
	t.Helper()
	for _, p := range packets {
		if err := h.Data(true, p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAHostileClientIsHeard(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	mal := m.attacker("guest", "Mal")
	send(t, mal, header("lk.chat", "1", nil), chunk("1", 0, "hello"), trailer("1", nil))
	s := await(t, ann, "a line", func(s call.Snapshot) bool { return len(s.Messages) == 1 })
	if got := s.Messages[0]; got.Text != "hello" || got.From != mal.Identity() {
		t.Errorf("%+v", got)
	}
}
