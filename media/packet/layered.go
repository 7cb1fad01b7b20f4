package packet

import (
	"fmt"

	"foyer/media/codec"
)

// LayeredPayload is what goes into one RTP packet.
type LayeredPayload struct {
	Data   []byte // valid until the next call
	Marker bool   // of the RTP header: the last one of a picture, all sizes together
	// Descriptor is the packet's header extension DescriptorURI, valid until the next
	// call; none where the payload itself tells all.
	Descriptor []byte
}

// LayeredPayloader cuts pictures of several sizes into RTP payloads that tell each
// packet's size and frame rate, so that whoever forwards them can leave layers out:
// VP9 in the non-flexible mode of RFC 9628, as browsers send it, AV1 with a
// descriptor in the packet's header. It belongs to one
// goroutine; steady state allocates nothing.
type LayeredPayloader struct {
	mtu      int
	temporal int
	picture  uint16 // 15 bits
	base     uint8  // TL0PICIDX
	told     int    // sizes in the last scalability structure
	at       int    // in the group of pictures

	// AV1 only.
	codec       codec.Name
	descriptor  descriptor
	descriptors []byte
	obu         []byte

	buf  []byte
	list []LayeredPayload
}

// minMTU leaves room behind the longest payload descriptor, of 28 bytes.
const minMTU = 100

// NewLayeredPayloader makes one for a codec, payloads of at most mtu bytes, 100 or
// more, and the encoder's number of frame rates. The counts in the stream begin at
// first. It fails where the codec has no such format here.
func NewLayeredPayloader(n codec.Name, mtu, temporal int, first uint16) (*LayeredPayloader, error) {
	if n != codec.VP9 && n != codec.AV1 || temporal < 1 || temporal > codec.MaxTemporal || mtu < minMTU {
		return nil, fmt.Errorf("layered %s with %d frame rates in packets of %d bytes: %w", n, temporal, mtu, errUnsupported)
	}
	p := &LayeredPayloader{mtu: mtu, codec: n, temporal: temporal, picture: first & 0x7fff, base: uint8(first)}
	p.descriptor.temporal, p.descriptor.live.frame = temporal, first
	return p, nil
}

// The bits of the first byte of a VP9 payload descriptor (RFC 9628, 4.2).
const (
	vp9I = 0x80 >> iota // picture ID
	vp9P                // predicted from earlier pictures
	vp9L                // layer indices
	_                   // flexible mode
	vp9B                // first packet of a layer frame
	vp9E                // last packet of a layer frame
	vp9V                // scalability structure
	vp9Z                // no larger size of the picture is predicted from it
)

// groupPicture is one of a group of pictures, after which the pattern of frame
// rates repeats.
type groupPicture struct {
	temporal byte
	up       bool   // whoever gets the pictures before it may go on with all that follow
	back     []byte // pictures that it may be predicted from, counted backwards
}

// groups are the patterns by the number of frame rates, libvpx's and our AV1's. What
// pictures go back to is VP9's.
var groups = [codec.MaxTemporal + 1][]groupPicture{
	1: {{0, true, []byte{1}}},
	2: {{0, true, []byte{2}}, {1, true, []byte{1}}},
	3: {{0, true, []byte{4}}, {2, true, []byte{1}}, {1, true, []byte{2}}, {2, false, []byte{1, 2}}},
}

// Payloads returns a picture's payloads, in the order of their sequence numbers,
// valid until the next call.
func (p *LayeredPayloader) Payloads(l codec.Layered) []LayeredPayload {
	p.buf, p.list, p.descriptors = p.buf[:0], p.list[:0], p.descriptors[:0]
	if p.codec == codec.AV1 {
		p.payloadsAV1(l)
	} else {
		p.payloadsVP9(l)
	}
	if len(p.list) > 0 {
		p.list[len(p.list)-1].Marker = true
	}
	// The buffers may have moved while they grew.
	at, told := 0, 0
	for i := range p.list {
		q := &p.list[i]
		n, m := len(q.Data), len(q.Descriptor)
		q.Data = p.buf[at : at+n : at+n]
		if m > 0 {
			q.Descriptor = p.descriptors[told : told+m : told+m]
		}
		at, told = at+n, told+m
	}
	return p.list
}

func (p *LayeredPayloader) payloadsVP9(l codec.Layered) {
	group := groups[p.temporal]
	p.at++
	if l.Temporal == 0 { // so begins each group
		p.base++
		p.at = 0
	}
	up := p.at < len(group) && group[p.at].up
	// Receivers take a structure at the beginning of a group only.
	structure := l.Temporal == 0 && (l.Key || len(l.Frames) != p.told)
	for i, f := range l.Frames {
		flags := byte(vp9I | vp9L | vp9B)
		if !l.Key {
			flags |= vp9P
		}
		if !l.Key || i == len(l.Frames)-1 {
			flags |= vp9Z
		}
		layer := byte(l.Temporal)<<5 | byte(f.Spatial)<<1
		if up {
			layer |= 0x10
		}
		if f.Below {
			layer |= 1
		}
		for data := f.Data; len(data) > 0; flags &^= vp9B {
			begin := len(p.buf)
			p.buf = append(p.buf, 0, 0x80|byte(p.picture>>8), byte(p.picture), layer, p.base)
			if structure && i == 0 && flags&vp9B != 0 {
				flags |= vp9V
				p.buf = appendStructure(p.buf, l.Frames, group)
			}
			n := min(len(data), p.mtu-(len(p.buf)-begin))
			if n == len(data) {
				flags |= vp9E
			}
			p.buf = append(p.buf, data[:n]...)
			p.buf[begin] = flags
			data, flags = data[n:], flags&^(vp9E|vp9V)
			p.list = append(p.list, LayeredPayload{Data: p.buf[begin:]})
		}
	}
	if structure {
		p.told = len(l.Frames)
	}
	p.picture = (p.picture + 1) & 0x7fff
}

// appendStructure appends a scalability structure (RFC 9628, 4.2.1): the sizes, and
// how the pictures of a group depend on each other.
func appendStructure(b []byte, frames []codec.LayerFrame, group []groupPicture) []byte {
	const sizes, pictures = 0x10, 0x08
	b = append(b, byte(len(frames)-1)<<5|sizes|pictures)
	for _, f := range frames {
		b = append(b, byte(f.Width>>8), byte(f.Width), byte(f.Height>>8), byte(f.Height))
	}
	b = append(b, byte(len(group)))
	for _, g := range group {
		flags := g.temporal<<5 | byte(len(g.back))<<2
		if g.up {
			flags |= 0x10
		}
		b = append(append(b, flags), g.back...)
	}
	return b
}
