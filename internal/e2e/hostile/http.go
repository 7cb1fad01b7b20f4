package hostile

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// dial connects to the server of a URL, with any certificate.
func dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second}
	if u.Scheme == "https" || u.Scheme == "wss" {
		t := tls.Dialer{NetDialer: d, Config: &tls.Config{InsecureSkipVerify: true}}
		return t.DialContext(ctx, "tcp", u.Host)
	}
	return d.DialContext(ctx, "tcp", u.Host)
}

// Flood sends a request with a body of so many zeros, as fast as the server takes
// them, and returns the status and how much of the body was taken. The server may
// answer before the end; what is still to send then is not sent.
func Flood(ctx context.Context, method, address string, h http.Header, size int64) (status int, taken int64, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, 0, err
	}
	c, err := dial(ctx, u)
	if err != nil {
		return 0, 0, fmt.Errorf("flood: %w", err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", method, u.RequestURI(), u.Host, size)
	for name, values := range h {
		for _, v := range values {
			head += name + ": " + v + "\r\n"
		}
	}
	if _, err := c.Write([]byte(head + "\r\n")); err != nil {
		return 0, 0, fmt.Errorf("flood: %w", err)
	}
	answered := make(chan error, 1)
	go func() {
		resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
		if err == nil {
			status = resp.StatusCode
			resp.Body.Close()
		}
		answered <- err
	}()
	zeros := make([]byte, 64<<10)
	for taken < size {
		select {
		case err := <-answered:
			return status, taken, err
		default:
		}
		n, err := c.Write(zeros[:min(int64(len(zeros)), size-taken)])
		taken += int64(n)
		if err != nil {
			break // the server has had enough; its answer may still be here
		}
	}
	err = <-answered
	return status, taken, err
}
