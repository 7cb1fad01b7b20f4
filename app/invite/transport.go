package invite

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// Time limits of a connection: to the server or its proxy, and the proxy's and TLS's
// words after it.
const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
)

// maxProxyAnswer bounds what a proxy says before it lets a connection through.
const maxProxyAnswer = 16 << 10

// ErrProxy is a proxy, named in HTTPS_PROXY or HTTP_PROXY, that lets nobody through.
var ErrProxy = errors.New("network proxy refuses the connection")

// Transport is how all requests of ours travel: through the environment's proxy,
// to the certificate with the fingerprint, or, with none, what the system trusts.
func Transport(fingerprint []byte) *http.Transport {
	return &http.Transport{
		Proxy:                 Proxy,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:       PinnedTLS(fingerprint),
		TLSHandshakeTimeout:   handshakeTimeout,
		ResponseHeaderTimeout: 30 * time.Second,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
			if r.StatusCode != http.StatusOK {
				return fmt.Errorf("%w: %d %s", ErrProxy, r.StatusCode, http.StatusText(r.StatusCode))
			}
			return nil
		},
	}
}

// client follows no redirect: neither a code nor a token is carried elsewhere.
func client(transport *http.Transport) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// isProxy reports whether a request failed between us and the proxy.
func isProxy(err error) bool {
	var op *net.OpError
	return errors.Is(err, ErrProxy) || errors.As(err, &op) && op.Op == "proxyconnect"
}

// Proxy is the environment's proxy for a request: HTTPS_PROXY, HTTP_PROXY, but for
// NO_PROXY and this machine.
func Proxy(r *http.Request) (*url.URL, error) { return httpproxy.FromEnvironment().ProxyFunc()(r.URL) }

// DialTLS is Transport's connection, for what speaks HTTP/1.1 or a WebSocket over
// it by itself.
func DialTLS(ctx context.Context, network, address string, fingerprint []byte) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	via, err := httpproxy.FromEnvironment().ProxyFunc()(&url.URL{Scheme: "https", Host: address})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProxy, err)
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	var conn net.Conn
	switch {
	case via == nil:
		conn, err = dialer.DialContext(ctx, network, address)
	case via.Scheme == "socks5" || via.Scheme == "socks5h":
		conn, err = socks(ctx, dialer, via, network, address)
	default:
		conn, err = tunnel(ctx, dialer, via, address)
	}
	if err != nil {
		return nil, err
	}
	c := PinnedTLS(fingerprint)
	c.NextProtos = []string{"http/1.1"}
	c.ServerName = host
	return handshake(ctx, conn, c)
}

func handshake(ctx context.Context, conn net.Conn, c *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	t := tls.Client(conn, c)
	if err := t.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return t, nil
}

func socks(ctx context.Context, dialer *net.Dialer, via *url.URL, network, address string) (net.Conn, error) {
	d, err := proxy.FromURL(via, dialer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProxy, err)
	}
	with, ok := d.(proxy.ContextDialer)
	if !ok {
		return nil, fmt.Errorf("%w: it cannot be called off", ErrProxy)
	}
	conn, err := with.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProxy, err)
	}
	return conn, nil
}

// tunnel has a proxy connect us (RFC 9110, CONNECT).
func tunnel(ctx context.Context, dialer *net.Dialer, via *url.URL, address string) (net.Conn, error) {
	port := via.Port()
	if port == "" {
		if port = "80"; via.Scheme == "https" {
			port = "443"
		}
	}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(via.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("reach the proxy: %w", err)
	}
	if via.Scheme == "https" {
		if conn, err = handshake(ctx, conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: via.Hostname()}); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProxy, err)
		}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout))
	if err := connect(conn, via, address); err != nil {
		stop()
		conn.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	if !stop() {
		return nil, ctx.Err()
	}
	return conn, conn.SetDeadline(time.Time{})
}

func connect(conn net.Conn, via *url.URL, address string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if u := via.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("ask the proxy: %w", err)
	}
	// The server speaks after us, so nothing of its stays in the reader.
	resp, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxProxyAnswer)), req)
	if err != nil {
		return fmt.Errorf("ask the proxy: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %d %s", ErrProxy, resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return nil
}
