//go:build !unix

package instance

import "context"

// Instance is this process's claim. Here every start opens a window of its own:
// a named pipe with a lock beside it is missing.
type Instance struct{}

func claim(context.Context, string, Wish) (*Instance, error) { return &Instance{}, nil }

// Wishes never has any.
func (i *Instance) Wishes() <-chan Wish { return nil }

// Close does nothing.
func (i *Instance) Close() error { return nil }
