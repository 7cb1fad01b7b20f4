package packet

import "foyer/media/codec"

// leastElement is how much of an OBU must have room in a packet for it to go there,
// in bytes: a length and something behind it.
const leastElement = 16

// payloadsAV1 cuts a picture as AV1's payload format says (v1.0, 4.4): each size
// begins a packet, each element has its length before it, and OBUs go without theirs.
func (p *LayeredPayloader) payloadsAV1(l codec.Layered) {
	d := &p.descriptor
	structure := l.Key
	if l.Key && len(l.Frames) != d.sizes || d.sizes == 0 {
		d.plans(len(l.Frames))
	}
	d.live.picture(l.Temporal)
	for _, f := range l.Frames {
		links, frame := d.live.next(l.Key, f.Spatial, l.Temporal, d.sizes, p.temporal)
		begins := true
		packet := len(p.buf)
		p.buf = append(p.buf, 0)
		if l.Key && f.Spatial == 0 {
			p.buf[packet] = av1First
		}
		end := func(last bool) {
			from := len(p.descriptors)
			p.descriptors = d.append(p.descriptors, &links, frame, begins, last, structure, l.Frames)
			p.list = append(p.list, LayeredPayload{Data: p.buf[packet:], Descriptor: p.descriptors[from:]})
			begins, structure = false, false
		}
		for data := f.Data; len(data) > 0; {
			p.obu, data = nextOBU(p.obu[:0], data)
			for rest := p.obu; len(rest) > 0; {
				room := p.mtu - (len(p.buf) - packet) - 2 // of the length
				if room < min(leastElement, len(rest)) {
					amid := len(rest) < len(p.obu)
					if amid {
						p.buf[packet] |= av1GoesOn
					}
					end(false)
					packet = len(p.buf)
					p.buf = append(p.buf, 0)
					if amid {
						p.buf[packet] |= av1Continues
					}
					continue
				}
				n := min(room, len(rest))
				if n >= 0x80 {
					p.buf = append(p.buf, byte(n)|0x80, byte(n>>7))
				} else {
					p.buf = append(p.buf, byte(n))
				}
				p.buf = append(p.buf, rest[:n]...)
				rest = rest[n:]
			}
		}
		end(true)
	}
}

// nextOBU appends the first OBU of b to buf, without its size, and gives what is
// behind it. Temporal delimiters are left out.
func nextOBU(buf, b []byte) (obu, rest []byte) {
	head := 1
	if b[0]&obuHasExtension != 0 {
		head = 2
	}
	if b[0]&obuHasSize == 0 || len(b) < head {
		return append(buf, b...), nil
	}
	size, n := leb128(b[head:])
	end := head + n + int(size)
	if n == 0 || end > len(b) {
		return append(buf, b...), nil // not ours
	}
	if b[0]>>3&0xf == obuTemporalDelimiter {
		return buf, b[end:]
	}
	buf = append(buf, b[0]&^obuHasSize)
	buf = append(buf, b[1:head]...)
	return append(buf, b[head+n:end]...), b[end:]
}
