package call

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/text"
)

// Names that LiveKit's own components use for chat.
const (
	chatTopic       = "lk.chat"
	legacyChatTopic = "lk-chat-topic"
)

// Bounds of chat.
const (
	messageMax  = 8 << 10 // bytes of one line
	messagesMax = 2000    // lines kept
)

// Send sends a chat line to everyone. What is empty is not sent; what is too
// long is cut.
func (k *Call) Send(line string) {
	line = text.Body(line, messageMax)
	if line == "" {
		return
	}
	at := time.Now()
	k.verbs.do(func() {
		me := k.room.LocalParticipant
		m := Message{From: me.Identity(), FromName: nameOf(me), Text: line, At: at, Mine: true}
		if p := me.Permissions(); p != nil && !p.CanPublishData {
			m.Failed = true
		} else if info := me.SendText(line, lksdk.StreamTextOptions{Topic: chatTopic}); info != nil {
			m.ID = info.Id
		} else {
			m.Failed = true
		}
		k.mu.Lock()
		m.Failed = m.Failed || k.state != Joined
		k.mu.Unlock()
		k.addMessage(m)
	})
}

func (k *Call) addMessage(m Message) {
	k.update(func() {
		if m.ID != "" {
			if k.heard[m.ID] {
				return
			}
			k.heard[m.ID] = true
		}
		list := append(slices.Clip(k.messages), m)
		if len(list) > messagesMax {
			delete(k.heard, list[0].ID)
			list = list[1:]
		}
		k.messages = list
	})
}

func (k *Call) receiveMessage(id, from, line string, at time.Time) {
	line = text.Body(line, messageMax)
	if line == "" {
		return
	}
	name := text.Name(from)
	if p := k.room.GetParticipantByIdentity(from); p != nil {
		name = nameOf(p)
	}
	k.addMessage(Message{ID: id, From: from, FromName: name, Text: line, At: at})
}

// onChatStream reads one line sent as a text stream. It runs on a goroutine of
// LiveKit's, which ends with the stream.
func (k *Call) onChatStream(r *lksdk.TextStreamReader, from string) {
	id := r.Info.Id
	k.receiveMessage(id, from, r.ReadAll(), time.Now())
}

// onData reads chat of older clients: LiveKit's own packet, and JSON on a topic.
func (k *Call) onData(p lksdk.DataPacket, params lksdk.DataReceiveParams) {
	switch d := p.(type) {
	case *livekit.ChatMessage:
		k.receiveMessage(d.GetId(), params.SenderIdentity, d.GetMessage(), time.Now())
	case *lksdk.UserDataPacket:
		if d.Topic != legacyChatTopic || len(d.Payload) > 4*messageMax {
			return
		}
		var m struct {
			ID           string `json:"id"`
			Message      string `json:"message"`
			IgnoreLegacy bool   `json:"ignoreLegacy"` // it came as a stream too
		}
		if json.Unmarshal(d.Payload, &m) != nil || m.IgnoreLegacy {
			return
		}
		k.receiveMessage(m.ID, params.SenderIdentity, m.Message, time.Now())
	}
}
