package packet

import (
	"errors"
	"fmt"
)

// av1 is the RTP payload format of AV1 (AOMedia, v1.0). Units come out as the
// low-overhead bitstream format: OBUs with sizes (AV1 specification, 5.2), without
// temporal delimiters.
type av1 struct {
	obu []byte // one that goes on in the next packet
}

// Bits of the aggregation header, 4.4.
const (
	av1Continues = 0x80 // Z: the first element continues an OBU
	av1GoesOn    = 0x40 // Y: the last one goes on in the next packet
	av1Count     = 0x30 // W: number of elements, or 0
	av1First     = 0x08 // N: a coded video sequence begins
)

// OBU header, AV1 specification 5.3.
const (
	obuHasSize           = 0x02
	obuHasExtension      = 0x04
	obuTemporalDelimiter = 2
	obuTileList          = 8
)

var errOBU = errors.New("malformed OBU")

func (*av1) start(b []byte) bool {
	return len(b) > 1 && b[0]&av1First != 0 && b[0]&av1Continues == 0
}

func (a *av1) append(unit, b []byte) ([]byte, error) {
	if len(b) < 2 {
		return unit, fmt.Errorf("AV1 payload of %d bytes: %w", len(b), errShort)
	}
	head := b[0]
	b = b[1:]
	if head&av1Continues == 0 || len(unit) == 0 {
		if head&av1Continues != 0 && len(a.obu) == 0 {
			return unit, fmt.Errorf("AV1 payload that continues nothing: %w", errOBU)
		}
		if head&av1Continues == 0 {
			a.obu = a.obu[:0]
		}
	}
	count := int(head&av1Count) >> 4
	for i := 0; len(b) > 0; i++ {
		element := b
		if count == 0 || i < count-1 {
			size, n := leb128(b)
			if n == 0 || size > uint64(len(b)-n) {
				return unit, fmt.Errorf("AV1 element: %w", errShort)
			}
			element, b = b[n:n+int(size)], b[n+int(size):]
		} else {
			b = nil
		}
		a.obu = append(a.obu, element...)
		if len(b) == 0 && head&av1GoesOn != 0 {
			return unit, nil
		}
		var err error
		if unit, err = appendOBU(unit, a.obu); err != nil {
			a.obu = a.obu[:0]
			return unit, err
		}
		a.obu = a.obu[:0]
	}
	return unit, nil
}

// appendOBU adds an OBU with its size to a unit.
func appendOBU(unit, obu []byte) ([]byte, error) {
	if len(obu) == 0 {
		return unit, nil
	}
	head := 1
	if obu[0]&obuHasExtension != 0 {
		head = 2
	}
	if len(obu) < head || obu[0]&0x80 != 0 {
		return unit, errOBU
	}
	switch kind := obu[0] >> 3 & 0xf; kind {
	case obuTemporalDelimiter, obuTileList:
		return unit, nil // not to be sent, 5.1
	}
	if obu[0]&obuHasSize != 0 {
		return append(unit, obu...), nil
	}
	unit = append(unit, obu[0]|obuHasSize)
	unit = append(unit, obu[1:head]...)
	for n := len(obu) - head; ; {
		low := byte(n & 0x7f)
		if n >>= 7; n == 0 {
			unit = append(unit, low)
			break
		}
		unit = append(unit, low|0x80)
	}
	return append(unit, obu[head:]...), nil
}

// leb128 reads a size (AV1 specification, 4.10.5); n is 0 where there is none.
func leb128(b []byte) (v uint64, n int) {
	for n < len(b) && n < 8 {
		v |= uint64(b[n]&0x7f) << (7 * n)
		n++
		if b[n-1]&0x80 == 0 {
			return v, n
		}
	}
	return 0, 0
}
