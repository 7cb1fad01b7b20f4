package host

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// responseMax bounds a message from LiveKit: who is in a room of thousands.
	responseMax = 16 << 20
	// clientSilence is how long a client may be silent. LiveKit pings every 10 s.
	clientSilence = 45 * time.Second
	// relayWrite bounds one write to either side.
	relayWrite = 10 * time.Second
	// drainTime is how long one side may still speak after the other has ended.
	drainTime = 2 * time.Second
)

// relay passes on one signalling connection, message by message. Each direction
// ends on its own: httputil.ReverseProxy ended both when a write to the client
// failed, and with that lost the client's leave, which it had read already.
type relay struct {
	client, livekit *websocket.Conn
	budgets         []*budget

	mu     sync.Mutex
	ending bool   // the client's deadline is the last one
	late   func() // ends what waits for its budget
}

var upgrader = websocket.Upgrader{
	CheckOrigin: func(*http.Request) bool { return true }, // the token is the secret, no cookie
}

// signal answers at a path of LiveKit's for signalling connections.
func (s *Server) signal(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, c, ok := s.judge(w, r)
		if !ok {
			return
		}
		if !websocket.IsWebSocketUpgrade(r) {
			w.Header().Set("Upgrade", "websocket")
			http.Error(w, "this address is for WebSocket", http.StatusUpgradeRequired)
			return
		}
		u, h, err := s.ask(r, path, token)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.serving.Add(1)
		defer s.serving.Done()
		s.passing.Add(1)
		defer s.passing.Add(-1)
		d := websocket.Dialer{HandshakeTimeout: 30 * time.Second} // LiveKit tries three times by itself
		livekit, resp, err := d.DialContext(r.Context(), u.String(), h)
		if err != nil {
			passRefusal(w, path, resp, err)
			return
		}
		defer livekit.Close()
		client, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // it has been answered
		}
		defer client.Close()
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		me := s.entered(ctx, r, c)
		p := &relay{client: client, livekit: livekit, budgets: []*budget{s.budgets.participant(c.Video.Room, c.Identity)}}
		if s.conf.MaxConnectionsPerAddress > 0 {
			p.budgets = append(p.budgets, s.budgets.address(address(r, s.conf.proxied())))
		}
		if p.run(ctx) {
			me.depart()
		}
	}
}

// passRefusal answers as LiveKit has answered us.
func passRefusal(w http.ResponseWriter, path string, resp *http.Response, err error) {
	if resp == nil {
		complain("LiveKit does not answer", "path", path, "error", err)
		http.Error(w, "the meeting server failed", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // the dialer has kept its first kilobyte
}

// run passes messages on until both directions have ended. It reports whether the
// client has said that it leaves.
func (p *relay) run(ctx context.Context) (left bool) {
	p.client.SetReadLimit(descriptionMax)
	p.livekit.SetReadLimit(responseMax)
	p.client.SetPongHandler(func(string) error { p.heard(); return nil })
	p.livekit.SetPingHandler(func(data string) error {
		until := time.Now().Add(relayWrite)
		_ = p.client.WriteControl(websocket.PingMessage, []byte(data), until) // a dead client's silence ends it
		return ignoreTimeout(p.livekit.WriteControl(websocket.PongMessage, []byte(data), until))
	})
	ctx, p.late = context.WithCancel(ctx)
	defer p.late()
	p.heard()
	down := make(chan struct{})
	go func() {
		defer close(down)
		p.fromLiveKit()
	}()
	left = p.fromClient(ctx)
	_ = p.livekit.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(relayWrite))
	drain := time.NewTimer(drainTime)
	defer drain.Stop()
	select {
	case <-down:
	case <-drain.C:
	}
	p.livekit.Close()
	p.client.Close()
	<-down
	return left
}

func ignoreTimeout(err error) error {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return nil
	}
	return err
}

// heard gives the client its time again.
func (p *relay) heard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ending {
		_ = p.client.SetReadDeadline(time.Now().Add(clientSilence))
	}
}

// end gives the client a last moment, for what it has sent already. A hijacked
// request's context does not end with its connection.
func (p *relay) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ending {
		p.ending = true
		_ = p.client.SetReadDeadline(time.Now().Add(drainTime))
		time.AfterFunc(drainTime, p.late)
	}
}

// fromClient passes requests on until the client ends, or says what is none.
func (p *relay) fromClient(ctx context.Context) (left bool) {
	for {
		form, b, err := p.client.ReadMessage()
		if err != nil {
			return left
		}
		p.heard()
		if form != websocket.BinaryMessage {
			p.refuse(websocket.CloseUnsupportedData, "send protobuf")
			return left
		}
		kind, pass, err := requestOf(b)
		if err != nil {
			p.refuse(websocket.ClosePolicyViolation, err.Error())
			return left
		}
		if err := spendAll(ctx, p.budgets, kind, b); err != nil {
			p.refuse(websocket.ClosePolicyViolation, errBudget.Error())
			return left
		}
		if !pass {
			continue
		}
		_ = p.livekit.SetWriteDeadline(time.Now().Add(relayWrite))
		if err := p.livekit.WriteMessage(websocket.BinaryMessage, b); err != nil {
			return left
		}
		if kind == leaveRequest {
			left = true
			p.end()
		}
	}
}

func (p *relay) refuse(code int, why string) {
	_ = p.client.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(relayWrite))
}

// fromLiveKit passes answers on until LiveKit ends. It goes on reading when the
// client is gone: LiveKit drops what a client has sent when it cannot write to it.
func (p *relay) fromLiveKit() {
	gone := false
	for {
		form, b, err := p.livekit.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure && closed.Code != websocket.CloseNoStatusReceived {
				p.refuse(closed.Code, closed.Text)
			}
			p.end()
			return
		}
		if gone {
			continue
		}
		_ = p.client.SetWriteDeadline(time.Now().Add(relayWrite))
		if err := p.client.WriteMessage(form, b); err != nil {
			gone = true
			p.end()
		}
	}
}
