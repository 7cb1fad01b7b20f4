package call

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/lkclient"
	"foyer/app/text"
)

// Names that LiveKit's own components use for chat.
const (
	chatTopic       = "lk.chat"
	legacyChatTopic = "lk-chat-topic"
)

// MessageMax is how long a chat line may be, in bytes.
const MessageMax = 8 << 10

// Bounds of chat.
const (
	messageIDMax = 128             // bytes
	messagesMax  = 2000            // lines kept
	unsentMax    = 500             // lines of ours that wait
	heldMax      = 100             // lines whose senders are not known yet
	heldFor      = 5 * time.Second // the server tells of viewers every three
	clocksApart  = time.Minute
)

// MessageRoom returns how many characters more, of the kind that it consists of, a
// chat line may have, and if negative by how many it is too long. What is not sent does not count.
func MessageRoom(line string) int {
	line = text.Body(line, max(len(line), 1))
	if over := len(line) - MessageMax; over > 0 {
		at := MessageMax
		for !utf8.RuneStart(line[at]) {
			at--
		}
		return -utf8.RuneCountInString(line[at:])
	}
	return (MessageMax - len(line)) * utf8.RuneCountInString(line+".") / (len(line) + 1)
}

// Send sends a chat line to everyone. What is empty is not sent; one that is too long
// is ErrTooLong. Many lines at once go out as fast as receivers take them.
func (k *Call) Send(line string) error {
	if MessageRoom(line) < 0 {
		return fmt.Errorf("send a message: %w: %d bytes are the most", ErrTooLong, MessageMax)
	}
	line = text.Body(line, MessageMax)
	if line == "" {
		return nil
	}
	at := time.Now()
	if k.unsent.Add(1) > unsentMax {
		k.unsent.Add(-1)
		me := k.room.LocalParticipant
		k.addMessage(Message{From: me.Identity(), FromName: nameOf(me), Text: line, At: at, Mine: true, Failed: true})
		return nil
	}
	k.chat.do(func() {
		defer k.unsent.Add(-1)
		k.sendPace.wait(len(line), k.leaving)
		me := k.room.LocalParticipant
		m := Message{From: me.Identity(), FromName: nameOf(me), Text: line, At: at, Mine: true}
		if p := me.Permissions(); p != nil && !p.CanPublishData || k.room.ConnectionState() == lksdk.ConnectionStateDisconnected {
			m.Failed = true
		} else if id, err := k.data.SendText(chatTopic, line); err != nil {
			m.Failed = true
		} else {
			m.ID = id
		}
		k.mu.Lock()
		m.Failed = m.Failed || k.state != Joined
		k.mu.Unlock()
		k.addMessage(m)
	})
	return nil
}

// linePace lets lines out no faster than others take them: 20 a second, 50 at once,
// and long ones as several. It belongs to
// the goroutine that sends.
type linePace struct{ due time.Time }

// wait waits for the time of the next line, of so many bytes, or until stop is closed.
func (p *linePace) wait(bytes int, stop <-chan struct{}) {
	const (
		every = time.Second / 18
		ahead = 45 * every // what may go at once
	)
	now := time.Now()
	if p.due.Before(now.Add(-ahead)) {
		p.due = now.Add(-ahead)
	}
	p.due = p.due.Add(every + every*time.Duration(bytes)/lkclient.MessageBytes)
	d := p.due.Sub(now)
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-stop:
	}
}

// messageID names a message of one sender: another's IDs are none of its.
type messageID struct{ from, id string }

// heldMessage waits for its sender's name.
type heldMessage struct {
	Message
	since time.Time
}

// addMessage notes a line of ours or another's, once. What comes before its
// sender, whom the server announces by another way, waits for the name.
func (k *Call) addMessage(m Message) {
	k.update(func() {
		if m.ID != "" {
			id := messageID{m.From, m.ID}
			if k.heard[id] {
				return
			}
			k.heard[id] = true
		}
		if m.Mine {
			k.appendMessage(m)
			return
		}
		name, known := k.names[m.From]
		if !known {
			k.held = append(k.held, heldMessage{m, time.Now()})
			if len(k.held) > heldMax {
				k.releaseHeld(1)
			}
			return
		}
		m.FromName = name
		k.appendMessage(m)
	})
}

// appendMessage is called under the lock. Snapshots hold the list up to what was
// its end, so that it may grow in place.
func (k *Call) appendMessage(m Message) {
	k.numbered++
	m.Seq = k.numbered
	k.messages = append(k.messages, m)
	if len(k.messages) > messagesMax {
		delete(k.heard, messageID{k.messages[0].From, k.messages[0].ID})
		k.messages = k.messages[1:]
	}
}

// releaseHeld shows the first n of those held, under the names known by now. It is
// called under the lock.
func (k *Call) releaseHeld(n int) {
	for _, h := range k.held[:n] {
		h.FromName = text.Name(h.From)
		if name, ok := k.names[h.From]; ok {
			h.FromName = name
		}
		k.appendMessage(h.Message)
	}
	k.held = append([]heldMessage(nil), k.held[n:]...)
}

// meet notes the names of those in the room, and brings the lines up to date. It
// is called under the lock.
func (k *Call) meet(people []Participant, now time.Time) {
	renamed := false
	for _, p := range people {
		if old, known := k.names[p.Identity]; !known || old != p.Name {
			k.names[p.Identity] = p.Name
			renamed = true
		}
	}
	if renamed {
		list := slices.Clone(k.messages) // snapshots hold the old one
		for i := range list {
			if name, ok := k.names[list[i].From]; ok && !list[i].Mine {
				list[i].FromName = name
			}
		}
		k.messages = list
	}
	// Lines keep their order, of one sender and of all who are held.
	n := 0
	for n < len(k.held) && (k.hasName(k.held[n].From) || now.Sub(k.held[n].since) > heldFor) {
		n++
	}
	if n > 0 {
		k.releaseHeld(n)
	}
}

func (k *Call) hasName(identity string) bool {
	_, ok := k.names[identity]
	return ok
}

// stamp is when a line was sent, by the sender's clock where that agrees with ours.
func stamp(sent, now time.Time) time.Time {
	if d := now.Sub(sent); d > clocksApart || d < -clocksApart {
		return now
	}
	return sent
}

// received bounds another's line; one that is cut shows it.
func received(line string) string {
	if len(line) > MessageMax && MessageRoom(line) < 0 {
		const more = "…"
		return text.Body(line, MessageMax-len(more)) + more
	}
	return text.Body(line, MessageMax)
}

func (k *Call) receiveMessage(from lkclient.Sender, id, line string, sent time.Time) {
	line = received(line)
	if line == "" || len(id) > messageIDMax {
		return
	}
	k.addMessage(Message{ID: id, From: from.ID, Text: line, At: stamp(sent, time.Now())})
}

// onChat takes LiveKit's own packet, which older clients send.
func (k *Call) onChat(from lkclient.Sender, m *livekit.ChatMessage) {
	k.receiveMessage(from, m.GetId(), m.GetMessage(), time.UnixMilli(m.GetTimestamp()))
}

// onUser takes the JSON of still older ones.
func (k *Call) onUser(from lkclient.Sender, topic string, payload []byte) {
	if topic != legacyChatTopic {
		return
	}
	var m struct {
		ID           string `json:"id"`
		Timestamp    int64  `json:"timestamp"`
		Message      string `json:"message"`
		IgnoreLegacy bool   `json:"ignoreLegacy"` // it came as a stream too
	}
	if json.Unmarshal(payload, &m) != nil || m.IgnoreLegacy {
		return
	}
	k.receiveMessage(from, m.ID, m.Message, time.UnixMilli(m.Timestamp))
}
