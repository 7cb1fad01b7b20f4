package host

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Bounds of what a client sends over the signalling connection, in bytes. Empty
// messages inside it grow fifty times when LiveKit unmarshals them, so only the
// kinds that carry a session description may be long.
const (
	requestMax     = 64 << 10
	descriptionMax = 1 << 20
	joinRequestMax = 128 << 10 // uncompressed
)

// requests are LiveKit's SignalRequests that are passed on, by field number, and
// how long each may be. Clients of Foyer and browsers send these; the others make
// the server simulate faults, keep data, or publish what no client shows.
var requests = map[protowire.Number]int{
	offerRequest:         descriptionMax,
	answerRequest:        descriptionMax,
	candidateRequest:     2 << 10,
	addTrackRequest:      8 << 10,
	5:                    requestMax, // mute
	subscribeRequest:     requestMax,
	settingsRequest:      requestMax,
	leaveRequest:         requestMax,
	10:                   requestMax, // video layers
	permissionRequest:    requestMax,
	syncRequest:          descriptionMax,
	14:                   requestMax, // ping, the old form
	15:                   requestMax, // own metadata: LiveKit refuses it, with an answer
	16:                   requestMax, // ping
	17:                   requestMax, // audio track
	18:                   requestMax, // video track
	dataSubscribeRequest: requestMax,
}

const (
	offerRequest         protowire.Number = 1
	answerRequest        protowire.Number = 2
	candidateRequest     protowire.Number = 3
	addTrackRequest      protowire.Number = 4
	subscribeRequest     protowire.Number = 6
	settingsRequest      protowire.Number = 7 // of tracks: size, paused
	leaveRequest         protowire.Number = 8
	permissionRequest    protowire.Number = 11 // who may subscribe to own tracks
	syncRequest          protowire.Number = 12 // state after a reconnect
	dataSubscribeRequest protowire.Number = 21
)

var errRequest = errors.New("the message is not a request that LiveKit knows")

// requestOf returns which SignalRequest a message is, by field number. It reads
// the outermost layer only. pass is false for a request that is dropped.
func requestOf(b []byte) (kind protowire.Number, pass bool, err error) {
	size := len(b)
	for len(b) > 0 {
		number, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, false, errRequest
		}
		m := protowire.ConsumeFieldValue(number, wire, b[n:])
		if m < 0 || kind != 0 && kind != number {
			return 0, false, errRequest
		}
		kind, b = number, b[n+m:]
	}
	longest, ok := requests[kind]
	if ok && size > longest {
		return kind, false, fmt.Errorf("%w: it is too long", errRequest)
	}
	return kind, ok, nil
}

// joinRequestParam is the query parameter by which newer clients say how they join.
const joinRequestParam = "join_request"

// checkJoinRequest refuses a join request that grows too large in LiveKit, which
// unpacks up to 1 MB of it.
func checkJoinRequest(encoded string) error {
	if encoded == "" {
		return nil
	}
	failed := func(err error) error { return fmt.Errorf("the join request cannot be read: %w", err) }
	b, err := base64.URLEncoding.DecodeString(encoded)
	if err != nil {
		return failed(err)
	}
	var w livekit.WrappedJoinRequest
	if err := proto.Unmarshal(b, &w); err != nil {
		return failed(err)
	}
	size := len(w.JoinRequest)
	if w.Compression == livekit.WrappedJoinRequest_GZIP {
		z, err := gzip.NewReader(bytes.NewReader(w.JoinRequest))
		if err != nil {
			return failed(err)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(z, joinRequestMax+1))
		if err != nil {
			return failed(err)
		}
		size = int(n)
	}
	if size > joinRequestMax {
		return errors.New("the join request is too long")
	}
	return nil
}
