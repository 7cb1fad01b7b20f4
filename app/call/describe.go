package call

import (
	"strconv"
	"strings"
	"sync/atomic"

	"foyer/media/packet"
)

// descriptions negotiates the dependency descriptor, which tells the server of each
// packet's size. LiveKit's client takes no header extensions of others': so this one
// is written into its offers, and the server's answer is read. The zero value offers
// nothing.
type descriptions struct {
	of atomic.Pointer[string] // the track's ID
	id atomic.Uint32          // the extension's, as agreed; 0: not
}

// describe has it offered for a track from now on: the server takes other tracks,
// whose packets lack it, better without.
func (d *descriptions) describe(track string) { d.of.Store(&track) }

// describes is the extension's ID, 0 where the server does not take it.
func (d *descriptions) describes() uint8 { return uint8(d.id.Load()) }

const extmap = "a=extmap:"

// extensionMax is the last ID that a header of one-byte extensions has (RFC 8285).
const extensionMax = 14

// offer adds it to the track's section of an offer, under an ID that nothing else has.
func (d *descriptions) offer(sdp string) string {
	track := d.of.Load()
	if track == nil || strings.Contains(sdp, packet.DescriptorURI) {
		return sdp
	}
	id := extensionMax
	for ; id > 0 && strings.Contains(sdp, extmap+strconv.Itoa(id)+" "); id-- {
	}
	if id == 0 {
		return sdp
	}
	const section = "\r\nm="
	sections := strings.Split(sdp, section)
	for i, s := range sections {
		if i > 0 && strings.Contains(s+"\r\n", " "+*track+"\r\n") { // a=msid, RFC 8830
			sections[i] = strings.TrimSuffix(s, "\r\n") + "\r\n" + extmap + strconv.Itoa(id) + " " + packet.DescriptorURI
			if i == len(sections)-1 {
				sections[i] += "\r\n"
			}
		}
	}
	return strings.Join(sections, section)
}

// accept reads an answer.
func (d *descriptions) accept(sdp string) {
	for line := range strings.Lines(sdp) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), extmap)
		if !ok || !strings.HasSuffix(rest, " "+packet.DescriptorURI) {
			continue
		}
		number, _, _ := strings.Cut(rest, " ") // a direction may follow it: "14/sendonly"
		number, _, _ = strings.Cut(number, "/")
		if id, err := strconv.Atoi(number); err == nil && id > 0 && id <= extensionMax {
			d.id.Store(uint32(id))
			return
		}
	}
}
