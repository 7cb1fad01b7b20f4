package hostile

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/proto"
)

// sendBuffer is how much waits on the reliable channel before Raw blocks.
const sendBuffer = 4 << 20

// Client is one participant. Its methods are safe for use by several goroutines.
type Client struct {
	join *livekit.JoinResponse
	ws   *websocket.Conn

	publisher, subscriber *webrtc.PeerConnection
	reliable, lossy       *webrtc.DataChannel

	writing sync.Mutex // one message at a time on ws

	negotiating sync.Mutex    // one offer at a time
	answered    chan struct{} // the server has answered our offer
	published   chan *livekit.TrackPublishedResponse
	low         chan struct{} // the reliable channel has room again

	mu      sync.Mutex
	waiting map[livekit.SignalTarget][]webrtc.ICECandidateInit // before the description that they belong to
	lost    error

	done chan struct{} // the reading goroutine has ended
}

// Join enters a room with a token and returns when data can be sent. It takes
// any certificate.
func Join(ctx context.Context, address, token string) (*Client, error) {
	c := &Client{
		answered: make(chan struct{}, 1), low: make(chan struct{}, 1), done: make(chan struct{}),
		published: make(chan *livekit.TrackPublishedResponse, 16),
		waiting:   map[livekit.SignalTarget][]webrtc.ICECandidateInit{},
	}
	if err := c.dial(ctx, address, token); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	if err := c.connect(); err != nil {
		close(c.done)
		c.Close()
		return nil, fmt.Errorf("join: %w", err)
	}
	go c.read()
	open := make(chan struct{}, 2)
	c.reliable.OnOpen(func() { open <- struct{}{} })
	c.lossy.OnOpen(func() { open <- struct{}{} })
	err := c.negotiate(ctx)
	for range 2 {
		if err != nil {
			break
		}
		select {
		case <-open:
		case <-c.done:
			err = c.err()
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("join: %w", err)
	}
	return c, nil
}

func (c *Client) dial(ctx context.Context, address, token string) error {
	u, err := url.Parse(strings.TrimSuffix(address, "/") + "/rtc")
	if err != nil {
		return err
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	}
	u.RawQuery = url.Values{"protocol": {"16"}, "sdk": {"go"}, "version": {"0"}, "auto_subscribe": {"0"}}.Encode()
	d := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	ws, response, err := d.DialContext(ctx, u.String(), http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		if response != nil {
			return fmt.Errorf("%w: %s", err, response.Status)
		}
		return err
	}
	c.ws = ws
	m, err := c.receive()
	if err != nil {
		ws.Close()
		return err
	}
	if c.join = m.GetJoin(); c.join == nil {
		ws.Close()
		return fmt.Errorf("the server's first word is %T", m.Message)
	}
	return nil
}

// connect makes both connections, as LiveKit's clients do.
func (c *Client) connect() (err error) {
	for _, p := range []struct {
		pc     **webrtc.PeerConnection
		target livekit.SignalTarget
	}{{&c.publisher, livekit.SignalTarget_PUBLISHER}, {&c.subscriber, livekit.SignalTarget_SUBSCRIBER}} {
		pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			return err
		}
		*p.pc = pc
		pc.OnICECandidate(func(i *webrtc.ICECandidate) {
			if i == nil {
				return
			}
			init, err := json.Marshal(i.ToJSON())
			if err == nil {
				_ = c.Signal(&livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{
					Trickle: &livekit.TrickleRequest{CandidateInit: string(init), Target: p.target}}})
			}
		})
	}
	yes, no, once := true, false, uint16(1)
	if c.lossy, err = c.publisher.CreateDataChannel("_lossy", &webrtc.DataChannelInit{Ordered: &no, MaxRetransmits: &once}); err != nil {
		return err
	}
	if c.reliable, err = c.publisher.CreateDataChannel("_reliable", &webrtc.DataChannelInit{Ordered: &yes}); err != nil {
		return err
	}
	c.reliable.SetBufferedAmountLowThreshold(sendBuffer / 2)
	c.reliable.OnBufferedAmountLow(func() {
		select {
		case c.low <- struct{}{}:
		default:
		}
	})
	return nil
}

// negotiate offers what the publisher has, and waits for the answer.
func (c *Client) negotiate(ctx context.Context) error {
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	offer, err := c.publisher.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := c.publisher.SetLocalDescription(offer); err != nil {
		return err
	}
	if err := c.Signal(&livekit.SignalRequest{Message: &livekit.SignalRequest_Offer{
		Offer: &livekit.SessionDescription{Type: "offer", Sdp: offer.SDP}}}); err != nil {
		return err
	}
	select {
	case <-c.answered:
		return nil
	case <-c.done:
		return c.err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) receive() (*livekit.SignalResponse, error) {
	_, b, err := c.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	m := &livekit.SignalResponse{}
	return m, proto.Unmarshal(b, m)
}

// read obeys the server until the connection ends.
func (c *Client) read() {
	defer close(c.done)
	for {
		m, err := c.receive()
		if err == nil {
			err = c.obey(m)
		}
		if err != nil {
			c.mu.Lock()
			c.lost = err
			c.mu.Unlock()
			return
		}
	}
}

func (c *Client) obey(m *livekit.SignalResponse) error {
	switch {
	case m.GetAnswer() != nil:
		if err := c.describe(livekit.SignalTarget_PUBLISHER, webrtc.SDPTypeAnswer, m.GetAnswer().Sdp); err != nil {
			return err
		}
		c.answered <- struct{}{}
	case m.GetOffer() != nil:
		if err := c.describe(livekit.SignalTarget_SUBSCRIBER, webrtc.SDPTypeOffer, m.GetOffer().Sdp); err != nil {
			return err
		}
		answer, err := c.subscriber.CreateAnswer(nil)
		if err != nil {
			return err
		}
		if err := c.subscriber.SetLocalDescription(answer); err != nil {
			return err
		}
		return c.Signal(&livekit.SignalRequest{Message: &livekit.SignalRequest_Answer{
			Answer: &livekit.SessionDescription{Type: "answer", Sdp: answer.SDP, Id: m.GetOffer().Id}}})
	case m.GetTrickle() != nil:
		var init webrtc.ICECandidateInit
		if err := json.Unmarshal([]byte(m.GetTrickle().CandidateInit), &init); err != nil {
			return err
		}
		return c.candidate(m.GetTrickle().Target, init)
	case m.GetTrackPublished() != nil:
		select {
		case c.published <- m.GetTrackPublished():
		default:
		}
	case m.GetLeave() != nil:
		return fmt.Errorf("the server ends it: %s", m.GetLeave().Reason)
	}
	return nil
}

func (c *Client) connection(t livekit.SignalTarget) *webrtc.PeerConnection {
	if t == livekit.SignalTarget_PUBLISHER {
		return c.publisher
	}
	return c.subscriber
}

// describe sets what the server says of a connection, and the candidates that came before.
func (c *Client) describe(t livekit.SignalTarget, kind webrtc.SDPType, sdp string) error {
	if err := c.connection(t).SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: sdp}); err != nil {
		return err
	}
	c.mu.Lock()
	list := c.waiting[t]
	delete(c.waiting, t)
	c.mu.Unlock()
	for _, init := range list {
		if err := c.connection(t).AddICECandidate(init); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) candidate(t livekit.SignalTarget, init webrtc.ICECandidateInit) error {
	if c.connection(t).RemoteDescription() == nil {
		c.mu.Lock()
		c.waiting[t] = append(c.waiting[t], init)
		c.mu.Unlock()
		return nil
	}
	return c.connection(t).AddICECandidate(init)
}

func (c *Client) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(errors.New("the connection is lost"), c.lost)
}

// Identity is ours in the room.
func (c *Client) Identity() string { return c.join.GetParticipant().GetIdentity() }

// SID is by which the server knows this stay in the room.
func (c *Client) SID() string { return c.join.GetParticipant().GetSid() }

// Others are those whom the server named when we joined.
func (c *Client) Others() []*livekit.ParticipantInfo { return c.join.GetOtherParticipants() }

// Data sends one packet on a data channel. It blocks while too much waits.
func (c *Client) Data(reliable bool, p *livekit.DataPacket) error {
	b, err := proto.Marshal(p)
	if err != nil {
		return fmt.Errorf("send a packet: %w", err)
	}
	return c.Raw(reliable, b)
}

// Raw sends bytes on a data channel, whatever they are.
func (c *Client) Raw(reliable bool, b []byte) error {
	channel := c.lossy
	if reliable {
		channel = c.reliable
		for channel.BufferedAmount() > sendBuffer {
			select {
			case <-c.low:
			case <-c.done:
				return c.err()
			}
		}
	}
	if err := channel.Send(b); err != nil {
		return fmt.Errorf("send %d bytes: %w", len(b), err)
	}
	return nil
}

// Flush waits until the reliable channel has sent everything.
func (c *Client) Flush(ctx context.Context) error {
	sent := make(chan struct{}, 1)
	c.reliable.OnBufferedAmountLow(func() {
		select {
		case c.low <- struct{}{}:
		default:
		}
		select {
		case sent <- struct{}{}:
		default:
		}
	})
	c.reliable.SetBufferedAmountLowThreshold(0)
	defer c.reliable.SetBufferedAmountLowThreshold(sendBuffer / 2)
	for c.reliable.BufferedAmount() > 0 {
		select {
		case <-sent:
		case <-c.done:
			return c.err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Signal sends one message on the connection to the server.
func (c *Client) Signal(r *livekit.SignalRequest) error {
	b, err := proto.Marshal(r)
	if err != nil {
		return fmt.Errorf("signal: %w", err)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, b); err != nil {
		return fmt.Errorf("signal: %w", err)
	}
	return nil
}

// Close leaves the room, and waits for what runs.
func (c *Client) Close() {
	_ = c.Signal(&livekit.SignalRequest{Message: &livekit.SignalRequest_Leave{
		Leave: &livekit.LeaveRequest{Reason: livekit.DisconnectReason_CLIENT_INITIATED}}})
	c.ws.Close()
	<-c.done
	for _, pc := range []*webrtc.PeerConnection{c.publisher, c.subscriber} {
		if pc != nil {
			_ = pc.Close()
		}
	}
}
