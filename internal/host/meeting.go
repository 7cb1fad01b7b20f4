package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"

	"foyer/app/invite"
)

// MeetingOptions says what meeting to host inside a program.
type MeetingOptions struct {
	Title    string
	Loopback bool   // 127.0.0.1 only, without TLS, on free ports
	Data     string // state folder; empty is a temporary one, removed at Close
	Key      []byte // end-to-end key that the links carry; none leaves the meeting unencrypted
}

// Meeting is a server inside a program, with one fresh room.
type Meeting struct {
	*Server
	Room  Room
	links map[string][]invite.Link
	temp  string // removed at Close
	over  sync.Once
}

// StartMeeting opens a server on every interface, with a certificate that the
// links pin, or on loopback only. It takes the usual ports where they are free,
// so that a firewall can be told, and any others where they are not. Errors are
// those of Start.
func StartMeeting(ctx context.Context, o MeetingOptions) (*Meeting, error) {
	m := &Meeting{links: map[string][]invite.Link{}}
	c := Config{Listen: "127.0.0.1:0", Data: o.Data}
	if !o.Loopback {
		c = usualPorts()
		c.Data = o.Data
	}
	if c.Data == "" {
		var err error
		if m.temp, err = os.MkdirTemp("", "foyer-meeting-*"); err != nil {
			return nil, fmt.Errorf("make a folder for the meeting: %w: %w", ErrDataFolder, err)
		}
		c.Data = m.temp
	}
	fail := func(err error) (*Meeting, error) { return nil, errors.Join(err, m.Close()) }
	var err error
	if m.Server, err = Start(ctx, c); errors.Is(err, ErrPortInUse) && !o.Loopback {
		// Taken between the look and the start.
		c.Listen, c.UDPPort, c.TCPPort = ":0", 0, 0
		m.Server, err = Start(ctx, c)
	}
	if err != nil {
		return fail(err)
	}
	if m.Room, err = m.CreateRoom(ctx, RoomOptions{Title: o.Title, MaxParticipants: c.MaxParticipants, Encrypted: len(o.Key) > 0}); err != nil {
		return fail(err)
	}
	for _, role := range roles {
		if m.links[role], err = m.Server.Links(ctx, m.Room.Name, role); err != nil {
			return fail(err)
		}
		for i := range m.links[role] {
			m.links[role][i].Key = o.Key
		}
	}
	return m, nil
}

// usualPorts is a configuration for every interface with those of foyer serve's
// ports that are free.
func usualPorts() Config {
	c := DefaultConfig()
	if l, err := net.Listen("tcp", c.Listen); err != nil {
		c.Listen = ":0"
	} else {
		l.Close()
	}
	if portFree("udp", "", c.UDPPort) != nil {
		c.UDPPort = 0
	}
	if portFree("tcp", "", c.TCPPort) != nil {
		c.TCPPort = 0
	}
	return c
}

// Links returns those that give a role ("host", "guest", "viewer") in the
// meeting's room, best address first; none for another role.
func (m *Meeting) Links(role string) []invite.Link { return slices.Clone(m.links[role]) }

// goodbyeTime is for those who are told that the meeting is over. The word takes
// milliseconds from LiveKit to the network, and may take more on a busy machine.
const goodbyeTime = 500 * time.Millisecond

// end deletes the room, which tells everyone that the meeting is over, and waits
// until they have hung up, or long enough to have heard. A server that just stops
// leaves them trying to come back.
func (m *Meeting) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err := m.rooms.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: m.Room.Name}); err != nil {
		if !missing(err) {
			slog.Warn("end the meeting", "error", err)
		}
		return
	}
	enough := time.NewTimer(goodbyeTime)
	defer enough.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for m.passing.Load() > 0 {
		select {
		case <-tick.C:
		case <-enough.C:
			return
		}
	}
}

// Close ends the meeting, stops the server, waits, and removes what was temporary.
func (m *Meeting) Close() error {
	var err error
	if m.Server != nil {
		if m.Room.Name != "" {
			m.over.Do(m.end)
		}
		err = m.Server.Close()
	}
	if m.temp != "" {
		err = errors.Join(err, os.RemoveAll(m.temp))
	}
	return err
}
