// Package lkclient is what LiveKit's Go client lacks, one file a lack.
//
// The client has no hook for most of it, so this package reaches into fields of
// its. Each is looked for by name and by type before a room is joined; where a
// later client differs, joining fails with ErrOtherClient.
package lkclient
