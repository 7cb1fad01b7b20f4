//go:build linux

// Package network gives whole-program tests a network of their own: namespaces
// around one in the middle, each on a line whose rate and loss can be changed.
// It needs root, iproute2 and iptables.
package network
