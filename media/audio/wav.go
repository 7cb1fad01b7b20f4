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

// ReadWAV reads PCM of 8, 16, 24 or 32 bits or 32-bit float, any rate, any
// number of channels, as mono at 48 kHz: the first hour of it. Errors wrap ErrMalformedWAV.
func ReadWAV(r io.Reader) ([]float32, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWAV))
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	bad := func(why string) ([]float32, error) { return nil, fmt.Errorf("%w: %s", ErrMalformedWAV, why) }
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return bad("no RIFF/WAVE header")
	}
	var format, channels, bits, rate int
	for p := 12; p+8 <= len(b); {
		id, size := string(b[p:p+4]), int(binary.LittleEndian.Uint32(b[p+4:]))
		body := b[p+8:]
		if size < len(body) {
			body = body[:size] // a stream that was cut has a longer size: take what is there
		}
		switch id {
		case "fmt ":
			if len(body) < 16 {
				return bad("its format is cut")
			}
			format, channels = int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
			rate, bits = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[14:]))
			if format == 0xfffe && len(body) >= 26 { // extensible
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
		p += 8 + size + size&1
	}
	return bad("it holds no sound")
}

// longestBytes is how many bytes longestWAV is.
func longestBytes(rate, channels, bits int) int { return longestWAV * rate * channels * max(bits/8, 1) }

func monoSamples(b []byte, format, bits, channels int) ([]float32, error) {
	var sample func([]byte) float32
	switch {
	case format == 1 && bits == 8:
		sample = func(b []byte) float32 { return float32(int(b[0])-128) / 128 }
	case format == 1 && bits == 16:
		sample = func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / 32768 }
	case format == 1 && bits == 24:
		sample = func(b []byte) float32 {
			return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}
	case format == 1 && bits == 32:
		sample = func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) }
	case format == 3 && bits == 32:
		sample = func(b []byte) float32 {
			f := math.Float32frombits(binary.LittleEndian.Uint32(b))
			if f != f || f > 1 || f < -1 { // NaN, or louder than full scale
				return 0
			}
			return f
		}
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
