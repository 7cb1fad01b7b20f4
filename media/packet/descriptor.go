package packet

import "foyer/media/codec"

// DescriptorURI names the dependency descriptor in SDP.
const DescriptorURI = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

// maxTargets is how many streams a receiver can choose from: every size at every
// frame rate.
const maxTargets = codec.MaxSpatial * codec.MaxTemporal

// What a frame is to a stream, in the descriptor's code.
const (
	notPresent = iota
	discardable
	switching
)

// frameLinks are what one size of a picture depends on, in numbers of frames back.
type frameLinks struct {
	spatial, temporal int
	targets           [maxTargets]byte
	back              int                    // the frame that it is predicted from; 0: none
	chain             [codec.MaxSpatial]byte // the last frame of each size that must have come
}

// descriptor writes dependency descriptors (AV1 RTP, v1.0, A.8), by which a server
// finds its way through layers without looking into them. A structure, which comes
// with each key picture, lists the pattern's frames; each packet then names one of
// them, in three bytes, and tells what is otherwise.
type descriptor struct {
	temporal int
	sizes    int // of the structure
	first    int // number of the structure's first template
	list     []frameLinks
	plan     tracker
	live     tracker
}

// tracker numbers frames and follows what they depend on.
type tracker struct {
	frame uint16 // of the next one
	at    int    // in the group of pictures
	kept  [codec.MaxTemporal - 1][codec.MaxSpatial]uint16
	chain [codec.MaxSpatial]uint16
}

// picture begins a picture.
func (k *tracker) picture(temporal int) {
	k.at++
	if temporal == 0 {
		k.at = 0
	}
}

// next gives the links of the picture's frame of a size, and counts it.
func (k *tracker) next(key bool, spatial, temporal, sizes, rates int) (l frameLinks, frame uint16) {
	frame = k.frame
	l.spatial, l.temporal = spatial, temporal
	for s := range sizes {
		for t := range rates {
			of := &l.targets[s*rates+t]
			switch {
			case key && s >= spatial:
				*of = switching
			case s != spatial || t < temporal:
				*of = notPresent
			case t == temporal && t > 0:
				*of = discardable
			default:
				*of = switching
			}
		}
		if !key || spatial > 0 {
			l.chain[s] = byte(min(frame-k.chain[s], 255))
		}
	}
	switch {
	case key && spatial > 0:
		l.back = 1
	case key:
	case rates == codec.MaxTemporal && k.at == 3:
		l.back = int(frame - k.kept[1][spatial])
	default:
		l.back = int(frame - k.kept[0][spatial])
	}
	switch {
	case key:
		for s := spatial; s < len(k.chain); s++ {
			k.chain[s] = frame
		}
		k.kept[0][spatial] = frame
	case temporal == 0:
		k.chain[spatial], k.kept[0][spatial] = frame, frame
	case temporal == 1 && rates == codec.MaxTemporal:
		k.kept[1][spatial] = frame
	}
	k.frame++
	return l, frame
}

// plans makes the structure for so many sizes.
func (d *descriptor) plans(sizes int) {
	d.first = (d.first + len(d.list)) % 64
	d.sizes, d.list, d.plan = sizes, d.list[:0], tracker{}
	group := groups[d.temporal]
	var found [codec.MaxSpatial][codec.MaxTemporal][]frameLinks
	for i := range 2 * len(group) {
		g := group[i%len(group)]
		d.plan.picture(int(g.temporal))
		for s := range sizes {
			l, _ := d.plan.next(i == 0, s, int(g.temporal), sizes, d.temporal)
			if i == 0 || i >= len(group) {
				found[s][g.temporal] = append(found[s][g.temporal], l)
			}
		}
	}
	for s := range sizes {
		for t := range d.temporal {
			d.list = append(d.list, found[s][t]...)
		}
	}
}

// match finds the template that says most of l.
func (d *descriptor) match(l *frameLinks) (template int, back, chain bool) {
	best := 3
	for i := range d.list {
		o := &d.list[i]
		if o.spatial != l.spatial || o.temporal != l.temporal || o.targets != l.targets {
			continue
		}
		wrong := 0
		if o.back != l.back {
			wrong++
		}
		if o.chain != l.chain {
			wrong++
		}
		if wrong < best {
			best, template, back, chain = wrong, i, o.back != l.back, o.chain != l.chain
		}
	}
	return template, back, chain
}

// append writes the descriptor of one packet. The first of a frame tells, too, which
// streams there are of the structure's; structure says that it carries that one.
func (d *descriptor) append(b []byte, l *frameLinks, frame uint16, begins, ends, structure bool, on []codec.LayerFrame) []byte {
	w := bitWriter{b: b}
	if on := len(on); on < d.sizes {
		for s := on; s < len(l.chain); s++ {
			l.chain[s] = 0
		}
	}
	template, back, chain := d.match(l)
	w.flag(begins)
	w.flag(ends)
	w.bits((d.first+template)%64, 6)
	w.bits(int(frame), 16)
	fewer := begins && len(on) < d.sizes
	if !structure && !fewer && !back && !chain {
		return w.b
	}
	w.flag(structure)
	w.flag(fewer)
	w.flag(false) // targets are always a template's
	w.flag(back)
	w.flag(chain)
	if structure {
		d.structure(&w, on)
	}
	targets := d.sizes * d.temporal
	if fewer {
		w.bits(1<<(len(on)*d.temporal)-1, targets)
	}
	if back {
		for n := 1; l.back > 0 && n <= 3; n++ {
			if l.back <= 1<<(4*n) {
				w.bits(n, 2)
				w.bits(l.back-1, 4*n)
				break
			}
		}
		w.bits(0, 2)
	}
	if chain {
		for _, c := range l.chain[:d.sizes] {
			w.bits(int(c), 8)
		}
	}
	return w.b
}

// structure writes template_dependency_structure.
func (d *descriptor) structure(w *bitWriter, sizes []codec.LayerFrame) {
	targets := d.sizes * d.temporal
	w.bits(d.first, 6)
	w.bits(targets-1, 5)
	const sameLayer, nextTemporal, nextSpatial, noMore = 0, 1, 2, 3
	for i := 1; i < len(d.list); i++ {
		switch was, l := &d.list[i-1], &d.list[i]; {
		case l.spatial != was.spatial:
			w.bits(nextSpatial, 2)
		case l.temporal != was.temporal:
			w.bits(nextTemporal, 2)
		default:
			w.bits(sameLayer, 2)
		}
	}
	w.bits(noMore, 2)
	for i := range d.list {
		for _, t := range d.list[i].targets[:targets] {
			w.bits(int(t), 2)
		}
	}
	for i := range d.list {
		if back := d.list[i].back; back > 0 {
			w.flag(true)
			w.bits(back-1, 4)
		}
		w.flag(false)
	}
	w.below(d.sizes, targets+1)
	for t := range targets {
		w.below(t/d.temporal, d.sizes)
	}
	for i := range d.list {
		for _, c := range d.list[i].chain[:d.sizes] {
			w.bits(int(c), 4)
		}
	}
	w.flag(true)
	for _, f := range sizes {
		w.bits(f.Width-1, 16)
		w.bits(f.Height-1, 16)
	}
}

// bitWriter appends bits, the most significant first.
type bitWriter struct {
	b    []byte
	free int // bits of the last byte
}

func (w *bitWriter) bits(v, n int) {
	for n--; n >= 0; n-- {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		w.free--
		w.b[len(w.b)-1] |= byte(v>>n&1) << w.free
	}
}

func (w *bitWriter) flag(v bool) {
	if v {
		w.bits(1, 1)
	} else {
		w.bits(0, 1)
	}
}

// below writes a number below n: ns(n) of the AV1 specification, 4.10.7.
func (w *bitWriter) below(v, n int) {
	size := 0
	for x := n; x > 0; x >>= 1 {
		size++
	}
	if short := 1<<size - n; v < short {
		w.bits(v, size-1)
	} else {
		w.bits(v+short, size)
	}
}
