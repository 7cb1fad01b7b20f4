//go:build unix && !linux

package call_test

import "testing"

const (
	networkAway = "away"
	networkBack = "back"
)

func onNetwork(t *testing.T, _ string) { t.Skip("a network that goes away needs Linux's namespaces") }

func networkServerHere() (*server, bool) { return nil, false }
