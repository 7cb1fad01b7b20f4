// Package host is the meeting server: LiveKit's SFU in process, and in front of
// it, on one port, invites, roles and admission.
package host
