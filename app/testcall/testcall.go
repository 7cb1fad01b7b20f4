// Package testcall is the meeting with an echo: a participant that sends back
// what it hears two seconds later and shows a moving card with a clock.
package testcall

import (
	"context"

	"foyer/app"
	"foyer/app/invite"
)

// TestCall is a running local room with the echo in it.
type TestCall struct{}

// Start opens a loopback host and joins the echo to it.
func Start(ctx context.Context, h app.HostStarter) (*TestCall, error) { return nil, nil }

// Link is the guest's way in.
func (t *TestCall) Link() invite.Link { return invite.Link{} }

// Close ends the echo and the host, and waits.
func (t *TestCall) Close() error { return nil }
