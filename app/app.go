package app

import (
	"context"

	"foyer/app/invite"
)

// HostStarter starts a meeting server inside this program; main fills it in.
type HostStarter interface {
	// StartHost opens a server reachable on the LAN with one fresh room.
	StartHost(ctx context.Context, o HostOptions) (RunningHost, error)
}

// HostOptions says what to host.
type HostOptions struct {
	Title    string
	Loopback bool   // bind 127.0.0.1 only, on free ports: the test call
	Data     string // state folder; empty is a temporary one, removed at Close

	// Key, where it is set, is the end-to-end key of the meeting: its links carry it,
	// and nobody is let in by a link without one. The server itself does not use it.
	Key []byte
}

// RunningHost is a server in this program.
type RunningHost interface {
	// Links to pass around, by role ("host", "guest", "viewer"), best address first.
	Links(role string) []invite.Link
	// Close stops the server, ends its calls, and waits.
	Close() error
}
