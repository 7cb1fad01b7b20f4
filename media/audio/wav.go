package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrMalformedWAV says that a file is no WAV that can be played.
var ErrMalformedWAV = errors.New("not a WAV file that can be played")

// maxWAV bounds how much is read, in bytes: an hour of stereo at 48 kHz, 16 bits.
const maxWAV = 700 << 20

// longestWAV bounds how much sound becomes of it, in seconds: few samples a second of
// few bits would become a hundred times as many bytes.
const longestWAV = 3600

// Formats of samples in WAV files (RFC 2361).
const (
	wavPCM        = 1
	wavFloat      = 3
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xfffe // the format stands in a GUID
)

// wavUnknown is the size of a chunk whose writer has not come to fill it in, or which
// RF64 says elsewhere.
const wavUnknown = 0xffffffff

// ReadWAV reads PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law or µ-law, any
// rate, any number of channels, in RIFF, RF64 or BW64, as mono at 48 kHz. A recording
// that nobody completed is read to its end; of any, the first hour. Errors wrap ErrMalformedWAV.
func ReadWAV(r io.Reader) ([]float32, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWAV))
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	bad := func(why string) ([]float32, error) { return nil, fmt.Errorf("%w: %s", ErrMalformedWAV, why) }
	if len(b) < 12 || string(b[8:12]) != "WAVE" {
		return bad("no RIFF/WAVE header")
	}
	large := string(b[:4]) == "RF64" || string(b[:4]) == "BW64" // EBU Tech 3306, ITU-R BS.2088
	if !large && string(b[:4]) != "RIFF" {
		return bad("no RIFF/WAVE header")
	}
	whole := binary.LittleEndian.Uint32(b[4:]) // what follows, as the header says
	var format, channels, bits, rate int
	var dataSize uint64 // by ds64
	for p := 12; p+8 <= len(b); {
		id, said := string(b[p:p+4]), binary.LittleEndian.Uint32(b[p+4:])
		rest := b[p+8:]
		size := uint64(said)
		if id == "data" {
			switch {
			case large && said == wavUnknown && dataSize > 0:
				size = dataSize
			case said == wavUnknown || said == 0 && (whole == 0 || whole == wavUnknown || uint64(whole) <= uint64(p)):
				size = uint64(len(rest)) // a crashed recorder's, or a pipe's
			}
		}
		body := rest[:min(size, uint64(len(rest)))] // a stream that was cut has a longer size: take what is there
		switch id {
		case "ds64":
			if len(body) < 16 {
				return bad("its sizes are cut")
			}
			dataSize = binary.LittleEndian.Uint64(body[8:])
		case "fmt ":
			if len(body) < 16 {
				return bad("its format is cut")
			}
			format, channels = int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
			rate, bits = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[14:]))
			if format == wavExtensible && len(body) >= 26 {
				format = int(binary.LittleEndian.Uint16(body[24:]))
			}
		case "data":
			if channels < 1 || channels > 32 || rate < 4000 || rate > 384000 {
				return bad("its format makes no sense")
			}
			body = body[:min(len(body), longestBytes(rate, channels, bits))]
			mono, err := monoSamples(body, format, bits, channels)
			if err != nil {
				return nil, err
			}
			return resample(mono, rate), nil
		}
		if size >= uint64(len(rest)) {
			break
		}
		p += 8 + int(size+size&1)
	}
	return bad("it holds no sound")
}

// longestBytes is how many bytes longestWAV is.
func longestBytes(rate, channels, bits int) int { return longestWAV * rate * channels * max(bits/8, 1) }

func monoSamples(b []byte, format, bits, channels int) ([]float32, error) {
	var sample func([]byte) float32
	switch {
	case format == wavPCM && bits == 8:
		sample = func(b []byte) float32 { return float32(int(b[0])-128) / 128 }
	case format == wavPCM && bits == 16:
		sample = func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / 32768 }
	case format == wavPCM && bits == 24:
		sample = func(b []byte) float32 {
			return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}
	case format == wavPCM && bits == 32:
		sample = func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) }
	case format == wavFloat && bits == 32:
		sample = func(b []byte) float32 { return fullScale(float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))) }
	case format == wavFloat && bits == 64:
		sample = func(b []byte) float32 { return fullScale(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	case format == wavALaw && bits == 8:
		sample = func(b []byte) float32 { return float32(aLaw(b[0])) / 32768 }
	case format == wavMuLaw && bits == 8:
		sample = func(b []byte) float32 { return float32(muLaw(b[0])) / 32768 }
	default:
		return nil, fmt.Errorf("%w: format %d with %d bits", ErrMalformedWAV, format, bits)
	}
	width := bits / 8
	out := make([]float32, len(b)/(width*channels))
	for i := range out {
		sum := float32(0)
		for c := range channels {
			sum += sample(b[(i*channels+c)*width:])
		}
		out[i] = sum / float32(channels)
	}
	return out, nil
}

// fullScale clips what is louder; what is no number is silence.
func fullScale(f float64) float32 {
	if f != f {
		return 0
	}
	return float32(min(max(f, -1), 1))
}

// aLaw is the 16-bit sample of a byte of A-law (ITU-T G.711).
func aLaw(b byte) int {
	b ^= 0x55
	x := int(b&0x0f)<<4 + 8
	if segment := b >> 4 & 7; segment > 0 {
		x = (x + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -x
	}
	return x
}

// muLaw is the 16-bit sample of a byte of µ-law (ITU-T G.711).
func muLaw(b byte) int {
	const bias = 0x84
	b = ^b
	x := (int(b&0x0f)<<3+bias)<<(b>>4&7) - bias
	if b&0x80 != 0 {
		return -x
	}
	return x
}

// resample brings x from rate to 48 kHz by windowed sinc interpolation.
func resample(x []float32, rate int) []float32 {
	if rate == SampleRate || len(x) == 0 {
		return x
	}
	const half = 16
	ratio := float64(rate) / SampleRate
	cut := min(1, 1/ratio) // below the lower of the two Nyquist rates
	out := make([]float32, int(float64(len(x))/ratio))
	for i := range out {
		at := float64(i) * ratio
		centre := int(at)
		reach := int(half / cut)
		sum := 0.0
		for k := centre - reach + 1; k <= centre+reach; k++ {
			if k < 0 || k >= len(x) {
				continue
			}
			d := (at - float64(k)) * cut
			w := 0.5 + 0.5*math.Cos(math.Pi*d/half)
			s := 1.0
			if d != 0 {
				s = math.Sin(math.Pi*d) / (math.Pi * d)
			}
			sum += float64(x[k]) * s * w * cut
		}
		out[i] = float32(sum)
	}
	return out
}

// WAVWriter writes 16-bit PCM at 48 kHz as it comes. Close completes the header.
type WAVWriter struct {
	w        io.WriteSeeker
	channels int
	written  int
	buf      []byte
}

// NewWAVWriter begins a file of the given number of channels.
func NewWAVWriter(w io.WriteSeeker, channels int) (*WAVWriter, error) {
	v := &WAVWriter{w: w, channels: channels}
	if err := v.header(); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *WAVWriter) header() error {
	h := make([]byte, 0, 44)
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(36+v.written))
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, 1)
	h = binary.LittleEndian.AppendUint16(h, uint16(v.channels))
	h = binary.LittleEndian.AppendUint32(h, SampleRate)
	h = binary.LittleEndian.AppendUint32(h, uint32(SampleRate*2*v.channels))
	h = binary.LittleEndian.AppendUint16(h, uint16(2*v.channels))
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(v.written))
	if _, err := v.w.Write(h); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}

// Write appends interleaved samples.
func (v *WAVWriter) Write(samples []float32) error {
	v.buf = v.buf[:0]
	for _, s := range samples {
		v.buf = binary.LittleEndian.AppendUint16(v.buf, uint16(int16(min(max(s, -1), 1)*32767)))
	}
	n, err := v.w.Write(v.buf)
	v.written += n
	if err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}

// Close writes the sizes into the header; the file stays the caller's to close.
func (v *WAVWriter) Close() error {
	if _, err := v.w.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("complete WAV: %w", err)
	}
	return v.header()
}
