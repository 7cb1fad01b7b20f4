package call_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
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
	return m.hostile(c.URL, c.Token)
}

// agent is an attacker whose token the server's keeper has signed.
func (m *meeting) agent(identity string, kind livekit.ParticipantInfo_Kind) *hostile.Client {
	m.t.Helper()
	return m.hostile(m.config("guest", "to know the address").URL, m.token(identity, kind, true))
}

func (m *meeting) hostile(url, token string) *hostile.Client {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	h, err := hostile.Join(ctx, url, token)
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

// line is a whole chat message.
func line(id, text string) []*livekit.DataPacket {
	return []*livekit.DataPacket{header("lk.chat", id, nil), chunk(id, 0, text), trailer(id, nil)}
}

func as(identity string, p *livekit.DataPacket) *livekit.DataPacket {
	p.ParticipantIdentity = identity
	return p
}

func user(topic, payload string) *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_User{User: &livekit.UserPacket{Topic: &topic, Payload: []byte(payload)}}}
}

func chatPacket(id, text string) *livekit.DataPacket {
	return &livekit.DataPacket{Value: &livekit.DataPacket_ChatMessage{ChatMessage: &livekit.ChatMessage{
		Id: id, Message: text, Timestamp: time.Now().UnixMilli()}}}
}

func transcriptionPacket(of, text string) *livekit.DataPacket {
	return transcription{&livekit.Transcription{TranscribedParticipantIdentity: of,
		Segments: []*livekit.TranscriptionSegment{{Id: "s", Text: text}}}}.ToProto()
}

func texts(list []call.Message) (all []string) {
	for _, m := range list {
		all = append(all, m.FromName+": "+m.Text)
	}
	return all
}

func said(list []call.Message, text string) bool {
	return slices.ContainsFunc(list, func(m call.Message) bool { return m.Text == text })
}

// Three packets ended LiveKit's client, and the meeting where it was the host's.
func TestNoPacketEndsACall(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	mal := m.attacker("viewer", "Mal")
	many := map[string]string{}
	for i := range 200 {
		many[fmt.Sprint(i)] = "x"
	}
	send(t, mal, header("lk.chat", "1", nil), chunk("1", 0, "one"), trailer("1", map[string]string{"a": "b"}))
	for i := range 30 {
		id := fmt.Sprint("t", i)
		send(t, mal, header("lk.transcription", id, map[string]string{"lk.segment_id": "s"}), chunk(id, 0, "x"), trailer(id, many))
	}
	// What LiveKit's server reads at all: for larger packets it ends the channel.
	send(t, mal, header("lk.chat", "2", many), chunk("2", 0, strings.Repeat("x", 65000)), chunk("2", 1<<63, "x"), trailer("2", many))
	send(t, mal, &livekit.DataPacket{}, header("", "", nil), chunk("", 0, ""), trailer("", nil),
		&livekit.DataPacket{Value: &livekit.DataPacket_EncryptedPacket{EncryptedPacket: &livekit.EncryptedPacket{Iv: []byte{1}, EncryptedValue: []byte{2}}}},
		&livekit.DataPacket{Value: &livekit.DataPacket_RpcResponse{RpcResponse: &livekit.RpcResponse{RequestId: "x"}}},
		&livekit.DataPacket{Value: &livekit.DataPacket_RpcRequest{RpcRequest: &livekit.RpcRequest{Id: "x", Method: "y"}}},
		user("lk-chat-topic", `{"message":[[[`), user("lk-chat-topic", strings.Repeat("[", 30000)))
	if err := mal.Raw(true, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	send(t, m.attacker("guest", "Bob"), line("9", "still here?")...)
	s := await(t, ann, "Bob's line", func(s call.Snapshot) bool { return said(s.Messages, "still here?") })
	if !said(s.Messages, "one") {
		t.Errorf("of %q the first is missing", texts(s.Messages))
	}
	ann.Send("yes")
	await(t, ann, "her own line", func(s call.Snapshot) bool { return said(s.Messages, "yes") })
}

// A stream is its sender's, and nobody speaks for another but an agent in captions.
func TestNobodyPutsWordsInAnothersMouth(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	bob, mal := m.attacker("guest", "Bob"), m.attacker("viewer", "Mal")
	known := func(name string) {
		t.Helper()
		await(t, ann, name, func(s call.Snapshot) bool { _, ok := other(s, name); return ok })
	}
	known("Bob")
	known("Mal")
	step := 0
	// after waits until what h has sent has come.
	after := func(h *hostile.Client) {
		t.Helper()
		step++
		text := fmt.Sprint("step ", step)
		send(t, h, line(text, text)...)
		await(t, ann, text, func(s call.Snapshot) bool { return said(s.Messages, text) })
	}
	send(t, bob, header("lk.chat", "x", nil), chunk("x", 0, "I agree"))
	after(bob)
	send(t, mal, chunk("x", 1, " to pay"), trailer("x", nil))
	after(mal)
	send(t, mal, line("y", "mine")...) // and Bob's next one has the same ID
	after(mal)
	send(t, bob, chunk("x", 1, " to leave"), trailer("x", nil))
	send(t, bob, line("y", "his")...)
	s := await(t, ann, "Bob's lines", func(s call.Snapshot) bool { return said(s.Messages, "his") })
	for _, want := range []string{"Bob: I agree to leave", "Mal: mine", "Bob: his"} {
		if !slices.Contains(texts(s.Messages), want) {
			t.Errorf("%q is not among %q", want, texts(s.Messages))
		}
	}

	// The server lets agents name another sender.
	claims := func(h *hostile.Client, id string) {
		t.Helper()
		claimed := line(id, "I resign")
		for _, p := range claimed {
			as(bob.Identity(), p)
		}
		send(t, h, claimed...)
		send(t, h, as(bob.Identity(), chatPacket(id+"c", "I really do")),
			as(bob.Identity(), header("lk.transcription", id+"t", nil)), chunk(id+"t", 0, "said by "+id), trailer(id+"t", nil),
			transcriptionPacket(bob.Identity(), "an old one by "+id))
		after(h)
	}
	agent := m.agent("transcriber", livekit.ParticipantInfo_AGENT)
	known("transcriber")
	claims(agent, "transcriber")
	s = await(t, ann, "the caption", func(s call.Snapshot) bool { return len(s.Captions) > 0 })
	if got := s.Captions[0]; got.From != bob.Identity() || got.Text != "said by transcriber" {
		t.Errorf("an agent's caption is %+v", got)
	}
	// As a room's admin could make of anybody.
	made := m.agent("made", livekit.ParticipantInfo_STANDARD)
	known("made")
	claims(made, "made")
	s = await(t, ann, "the end", func(s call.Snapshot) bool { return true })
	for _, m := range s.Messages {
		if (m.Text == "I resign" || m.Text == "I really do") && m.From != "transcriber" {
			t.Errorf("%q is told as %q", m.Text, m.From)
		}
	}
	for _, c := range s.Captions {
		if strings.HasSuffix(c.Text, "by made") {
			t.Errorf("%q is told as %q", c.Text, c.From)
		}
	}
}

// In a sealed meeting what comes in clear may be anybody's, the server's too.
func TestClearDataIsDroppedInASealedMeeting(t *testing.T) {
	m := newMeeting(t)
	with := func(name string, key []byte) *call.Call {
		c := m.config("guest", name)
		c.Key = key
		return m.join(c)
	}
	key := bytes.Repeat([]byte{7}, 32)
	ann, bob, clear := with("Ann", key), with("Bob", key), with("Clear", nil)
	mal := m.agent("mal", livekit.ParticipantInfo_AGENT)
	await(t, clear, "Mal", func(s call.Snapshot) bool { _, ok := other(s, "mal"); return ok })
	send(t, mal, line("1", "stream")...)
	send(t, mal, chatPacket("2", "packet"), user("lk-chat-topic", `{"id":"3","message":"json"}`),
		header("lk.transcription", "4", nil), chunk("4", 0, "caption"), trailer("4", nil),
		transcriptionPacket("mal", "old caption"))
	send(t, mal, line("5", "last")...)
	s := await(t, clear, "all that is clear", func(s call.Snapshot) bool { return said(s.Messages, "last") })
	if len(s.Messages) != 4 || len(s.Captions) == 0 {
		t.Errorf("in clear come %q and %d captions", texts(s.Messages), len(s.Captions))
	}
	bob.Send("sealed")
	s = await(t, ann, "the sealed line", func(s call.Snapshot) bool { return said(s.Messages, "sealed") })
	if len(s.Messages) != 1 || len(s.Captions) != 0 {
		t.Errorf("among what is sealed are %q and %d captions", texts(s.Messages), len(s.Captions))
	}
	ann.Send("and back")
	await(t, bob, "the answer", func(s call.Snapshot) bool { return said(s.Messages, "and back") })
	if s := clear.Snapshot(); len(s.Messages) != 4 {
		t.Errorf("without the key %q are read", texts(s.Messages))
	}
}

// memory watches the heap until it is stopped.
func memory(t *testing.T, what string) (stop func()) {
	t.Helper()
	now := func() (mib float64) {
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return float64(s.HeapInuse+s.StackInuse) / (1 << 20)
	}
	runtime.GC()
	before, routines := now(), runtime.NumGoroutine()
	quit, peak := make(chan struct{}), make(chan float64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		most := before
		for {
			select {
			case <-tick.C:
				most = max(most, now())
			case <-quit:
				peak <- most
				return
			}
		}
	}()
	return func() {
		t.Helper()
		close(quit)
		most := <-peak
		runtime.GC()
		after := now()
		fmt.Printf("figure: %s: MiB before %.0f, peak %.0f, after %.0f; goroutines before %d, after %d\n",
			what, before, most, after, routines, runtime.NumGoroutine())
		if most-before > 150 {
			t.Errorf("%s takes %.0f MiB", what, most-before)
		}
		if n := runtime.NumGoroutine() - routines; n > 20 {
			t.Errorf("%s leaves %d goroutines", what, n)
		}
	}
}

// One stream of 300 MB, and 50,000 streams without an end.
func TestAFloodIsBoundedUnraced(t *testing.T) {
	hostile.SkipRacing(t)
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	mal, carl := m.attacker("viewer", "Mal"), m.attacker("guest", "Carl")
	await(t, ann, "both", func(s call.Snapshot) bool { return len(s.People) == 2 })
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	stop := memory(t, "300 MB in one stream")
	content := strings.Repeat("x", 15000)
	send(t, mal, header("lk.chat", "big", nil))
	for i := range uint64(20000) {
		send(t, mal, chunk("big", i, content))
	}
	if err := mal.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	stop()
	stop = memory(t, "50,000 streams without an end")
	for i := range 50000 {
		send(t, mal, header("lk.chat", fmt.Sprint("s", i), nil))
	}
	if err := mal.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	send(t, carl, line("1", "hello")...)
	await(t, ann, "another's line", func(s call.Snapshot) bool { return said(s.Messages, "hello") })
	k := ann.Received()
	fmt.Printf("figure: kept of the flood: %d streams, %d bytes\n", k.Streams, k.Bytes)
	if k.Streams > 16 || k.Bytes > 1<<20 {
		t.Errorf("%+v is kept", k)
	}
	mal.Close()
	await(t, ann, "Mal to leave", func(s call.Snapshot) bool { return len(s.People) == 1 })
	late := time.After(40 * time.Second) // a packet may come after its sender's leaving
	for ann.Received().Streams > 0 {
		select {
		case <-late:
			t.Fatalf("%+v is kept of who has left", ann.Received())
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
}

// Long lines take long to show: a few are taken of those that come at once, and another's
// short one is not held up. What we send ourselves keeps within what others take.
func TestLongLinesAreSlowedDown(t *testing.T) {
	m := newMeeting(t)
	ann, bob := m.join(m.config("host", "Ann")), m.join(m.config("guest", "Bob"))
	mal := m.attacker("viewer", "Mal")
	await(t, ann, "both", func(s call.Snapshot) bool { return len(s.People) == 2 })
	await(t, bob, "both", func(s call.Snapshot) bool { return len(s.People) == 2 })
	long := strings.Repeat("שלום (hello) нет ", call.MessageMax)[:call.MessageMax]
	long = long[:strings.LastIndexByte(long, ' ')]
	for i := range 40 {
		send(t, mal, line(fmt.Sprint(i), long)...)
	}
	send(t, mal, line("a", "b")...)
	if err := bob.Send(long); err != nil {
		t.Fatal(err)
	}
	if err := bob.Send("hello"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := mal.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	s := await(t, ann, "Bob's lines", func(s call.Snapshot) bool { return said(s.Messages, "hello") })
	await(t, bob, "his own", func(s call.Snapshot) bool { return said(s.Messages, "hello") })
	of := map[string]int{}
	for _, m := range s.Messages {
		if len(m.Text) > 1000 {
			of[m.FromName]++
		}
	}
	if of["Bob"] != 1 || of["Mal"] > 3 {
		t.Errorf("long lines that came: %v", of)
	}
}

// What is sent at once comes in its order, all of it.
func TestLinesKeepTheirOrder(t *testing.T) {
	m := newMeeting(t)
	ann, bob := m.join(m.config("host", "Ann")), m.join(m.config("guest", "Bob"))
	await(t, ann, "Bob", func(s call.Snapshot) bool { return len(s.People) == 1 })
	const n = 200
	for i := range n {
		ann.Send(fmt.Sprint(i))
	}
	s := await(t, bob, "all lines", func(s call.Snapshot) bool { return len(s.Messages) == n })
	for i, m := range s.Messages {
		if m.Text != fmt.Sprint(i) || m.Seq != uint64(i+1) {
			t.Fatalf("line %d is %+v", i, m)
		}
	}
	for i, m := range await(t, ann, "her own", func(s call.Snapshot) bool { return len(s.Messages) == n }).Messages {
		if m.Text != fmt.Sprint(i) || m.Failed {
			t.Fatalf("her line %d is %+v", i, m)
		}
	}
}

// A line is shown under its sender's name from the first, and keeps to it.
func TestLinesAreUnderTheirSendersNames(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	for i := range 2 { // the server tells of viewers later than of others
		name := fmt.Sprint("Vic ", i)
		vic := m.attacker("viewer", name)
		send(t, vic, line("1", "hello from "+name)...)
		s := await(t, ann, "the line", func(s call.Snapshot) bool { return said(s.Messages, "hello from "+name) })
		if got := s.Messages[len(s.Messages)-1]; got.FromName != name || got.From != vic.Identity() {
			t.Errorf("the line is first shown as %+v", got)
		}
		vic.Close()
		await(t, ann, "them to leave", func(s call.Snapshot) bool { return len(s.People) == 0 })
		if got := ann.Snapshot().Messages[i].FromName; got != name {
			t.Errorf("after leaving it is by %q", got)
		}
	}
	bob := m.join(m.config("guest", "Bob"))
	bob.Send("who am I?")
	await(t, ann, "Bob's line", func(s call.Snapshot) bool { return slices.Contains(texts(s.Messages), "Bob: who am I?") })
	bob.SetName("Robert")
	await(t, ann, "the line's new name", func(s call.Snapshot) bool { return slices.Contains(texts(s.Messages), "Robert: who am I?") })
	if now := time.Now(); now.Sub(ann.Snapshot().Messages[2].At).Abs() > time.Minute {
		t.Error("the time is not about now")
	}
	p := chatPacket("old", "from the past")
	p.GetChatMessage().Timestamp = 1
	send(t, m.attacker("guest", "Mal"), p)
	s := await(t, ann, "a line of 1970", func(s call.Snapshot) bool { return said(s.Messages, "from the past") })
	if at := s.Messages[len(s.Messages)-1].At; time.Since(at) > time.Minute {
		t.Errorf("it is of %v", at)
	}
}

// Numbers go on where the list has lost its beginning.
func TestAFullChatGoesOn(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	agent := m.agent("scribe", livekit.ParticipantInfo_AGENT) // may say more than a person
	await(t, ann, "the agent", func(s call.Snapshot) bool { return len(s.People) == 1 })
	const n, rate = 2050, 150
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range n {
		send(t, agent, line(fmt.Sprint(i), fmt.Sprint(i))...)
		<-tick.C
	}
	s := await(t, ann, "the last line", func(s call.Snapshot) bool { return said(s.Messages, fmt.Sprint(n-1)) })
	for i, m := range s.Messages {
		if want := uint64(n - len(s.Messages) + i + 1); m.Seq != want || m.Text != fmt.Sprint(want-1) {
			t.Fatalf("line %d is number %d and says %q", i, m.Seq, m.Text)
		}
	}
	if len(s.Messages) != 2000 {
		t.Errorf("%d lines are kept", len(s.Messages))
	}
}

// New connections bring new data channels: they are the guard's, too.
func TestTheGuardOutlivesAReconnect(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	mal, bob := m.attacker("viewer", "Mal"), m.attacker("guest", "Bob")
	await(t, ann, "both", func(s call.Snapshot) bool { return len(s.People) == 2 })
	again, err := ann.Reconnect()
	if err != nil {
		t.Fatal(err)
	}
	late := time.After(20 * time.Second)
	for !again() {
		select {
		case <-late:
			t.Fatal("there are no new connections")
		case <-time.After(10 * time.Millisecond):
		}
	}
	await(t, ann, "both again", func(s call.Snapshot) bool { return s.State == call.Joined && len(s.People) == 2 })
	// What comes while the channels are new may be lost: so it is said until it comes.
	for i := 0; !said(ann.Snapshot().Messages, "safe?"); i++ {
		id := fmt.Sprint(i)
		send(t, mal, header("lk.chat", id, nil), chunk(id, 0, "one"), trailer(id, map[string]string{"a": "b"}))
		send(t, bob, line(id, "safe?")...)
		select {
		case <-late:
			t.Fatal("nothing comes any more")
		case <-time.After(100 * time.Millisecond):
		}
	}
	await(t, ann, "Mal's line", func(s call.Snapshot) bool { return said(s.Messages, "one") })
	ann.Send("still here")
	await(t, ann, "her own line", func(s call.Snapshot) bool {
		return slices.ContainsFunc(s.Messages, func(m call.Message) bool { return m.Mine && !m.Failed })
	})
}
