//go:build unix && !linux

package main

import (
	"context"
	"errors"
)

func overNetworks(context.Context, *bench) error {
	return errors.New("networks of a benchmark's own are Linux's only")
}
