package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
)

// wavOf is a file of one chunk of sound, whose header says what it likes.
func wavOf(format, channels, rate, bits int, size uint32, data []byte) []byte {
	b := append([]byte("RIFF\xff\xff\xff\xffWAVEfmt "), 16, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(format))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	return append(binary.LittleEndian.AppendUint32(b, size), data...)
}

// What a header claims takes no memory: only what is there does, and no more of that
// than an hour of sound.
func FuzzReadWAV(f *testing.F) {
	f.Add(wavOf(1, 1, 48000, 16, 1000, make([]byte, 1000)))
	f.Add(wavOf(1, 2, 44100, 24, 0xffffffff, make([]byte, 600)))
	f.Add(wavOf(3, 32, 384000, 32, 0x7fffffff, make([]byte, 512)))
	f.Add(wavOf(1, 1, 4000, 8, 0, make([]byte, 100)))
	f.Add(wavOf(0xfffe, 1, 8000, 16, 8, make([]byte, 8)))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEjunk\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return // what is longer costs more time only
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		samples, err := ReadWAV(bytes.NewReader(b))
		runtime.ReadMemStats(&after)
		if err != nil && !errors.Is(err, ErrMalformedWAV) {
			t.Fatalf("%v does not wrap ErrMalformedWAV", err)
		}
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(64<<10+80*len(b)); took > most {
			t.Fatalf("%d bytes take %d of memory", len(b), took)
		}
		for i, s := range samples {
			if s != s || s > 8 || s < -8 {
				t.Fatalf("sample %d is %v", i, s)
			}
		}
	})
}

func TestLongSoundsAreCut(t *testing.T) {
	for _, c := range []struct{ rate, channels, bits, want int }{{4000, 1, 8, 14_400_000}, {48000, 2, 16, 691_200_000}, {4000, 1, 4, 14_400_000}} {
		if got := longestBytes(c.rate, c.channels, c.bits); got != c.want {
			t.Errorf("%+v: %d bytes", c, got)
		}
	}
}
