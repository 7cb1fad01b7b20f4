package hostile

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
)

// BigMessage opens a signalling connection with a token, and sends one WebSocket
// message of so many bytes in frames of the given length (0: one frame). It
// returns how many the server took before it ended the connection.
func BigMessage(ctx context.Context, address, token string, size, frame int64) (taken int64, err error) {
	u, err := url.Parse(strings.TrimSuffix(address, "/") + "/rtc?protocol=16&sdk=go&auto_subscribe=0")
	if err != nil {
		return 0, err
	}
	c, err := dial(ctx, u)
	if err != nil {
		return 0, fmt.Errorf("big message: %w", err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", u.RequestURI(), u.Host, token); err != nil {
		return 0, fmt.Errorf("big message: %w", err)
	}
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0, fmt.Errorf("big message: %w", err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return 0, fmt.Errorf("big message: %s", resp.Status)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, r)
	}()
	if frame == 0 {
		frame = size
	}
	zeros := make([]byte, 64<<10)
	for taken < size {
		length := min(frame, size-taken)
		head := []byte{0, 0x80 | 127} // a masked continuation with a length of 64 bits
		if taken == 0 {
			head[0] = 2 // binary
		}
		if taken+length == size {
			head[0] |= 0x80
		}
		head = append(binary.BigEndian.AppendUint64(head, uint64(length)), 0, 0, 0, 0)
		if _, err := c.Write(head); err != nil {
			break
		}
		for sent := int64(0); sent < length; {
			n, err := c.Write(zeros[:min(int64(len(zeros)), length-sent)])
			sent, taken = sent+int64(n), taken+int64(n)
			if err != nil {
				<-ended
				return taken, nil
			}
		}
	}
	select {
	case <-ended:
		return taken, nil
	case <-ctx.Done():
		return taken, ctx.Err()
	}
}

// Vanish ends the connections without a word.
func (c *Client) Vanish() {
	c.ws.Close()
	<-c.done
	_ = c.publisher.Close()
	_ = c.subscriber.Close()
}

// Done is closed when the server has ended the connection.
func (c *Client) Done() <-chan struct{} { return c.done }

// SignalRaw sends bytes on the connection to the server, whatever they are.
func (c *Client) SignalRaw(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, b); err != nil {
		return fmt.Errorf("signal: %w", err)
	}
	return nil
}

// Roundtrip returns when the server has heard what was signalled before: it has
// answered an offer that came after it.
func (c *Client) Roundtrip(ctx context.Context) error { return c.negotiate(ctx) }

// FirstIdentity opens a signalling connection by a whole URL, and returns the
// identity that the server joins it under.
func FirstIdentity(ctx context.Context, address string) (string, error) {
	d := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	ws, _, err := d.DialContext(ctx, address, nil)
	if err != nil {
		return "", fmt.Errorf("join: %w", err)
	}
	defer ws.Close()
	m, err := (&Client{ws: ws}).receive()
	if err != nil {
		return "", fmt.Errorf("join: %w", err)
	}
	return m.GetJoin().GetParticipant().GetIdentity(), nil
}
