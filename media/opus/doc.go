// Package opus encodes and decodes Opus (RFC 6716) at 48 kHz by libopus. It binds
// what Foyer uses and no more; github.com/hraban/opus would also want libopusfile,
// or a build tag without which a plain go build fails.
package opus
