package sound

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// Wave is a mono sound.
type Wave struct {
	Rate    int       // Hz
	Samples []float64 // -1 to 1
}

// Length is how long it sounds.
func (w Wave) Length() time.Duration {
	return time.Duration(len(w.Samples)) * time.Second / time.Duration(max(w.Rate, 1))
}

// Sine is a tone; the amplitude is 0 to 1.
func Sine(hz, amplitude float64, length time.Duration) Wave {
	w := Wave{48000, make([]float64, int(length.Seconds()*48000))}
	for i := range w.Samples {
		w.Samples[i] = amplitude * math.Sin(2*math.Pi*hz*float64(i)/48000)
	}
	return w
}

// Write stores it as 16-bit PCM.
func (w Wave) Write(path string) error { return WriteChannels(path, w) }

// WriteChannels stores waves of one length and rate, a channel each, as 16-bit PCM.
func WriteChannels(path string, all ...Wave) error {
	n, rate, frame := len(all[0].Samples), all[0].Rate, 2*len(all)
	data := make([]byte, 44, 44+frame*n)
	copy(data, "RIFF")
	binary.LittleEndian.PutUint32(data[4:], uint32(36+frame*n))
	copy(data[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(data[16:], 16)
	binary.LittleEndian.PutUint16(data[20:], 1)
	binary.LittleEndian.PutUint16(data[22:], uint16(len(all)))
	binary.LittleEndian.PutUint32(data[24:], uint32(rate))
	binary.LittleEndian.PutUint32(data[28:], uint32(frame*rate))
	binary.LittleEndian.PutUint16(data[32:], uint16(frame))
	binary.LittleEndian.PutUint16(data[34:], 16)
	copy(data[36:], "data")
	binary.LittleEndian.PutUint32(data[40:], uint32(frame*n))
	for i := range n {
		for _, w := range all {
			data = binary.LittleEndian.AppendUint16(data, uint16(int16(max(-1, min(1, w.Samples[i]))*32767)))
		}
	}
	return os.WriteFile(path, data, 0o600)
}

var errNoWave = errors.New("not a WAV file that can be read here")

// ReadWave reads 16-bit or float32 PCM and adds the channels up. A file still
// being written, whose header has no lengths yet, is read to its end.
func ReadWave(path string) (Wave, error) {
	all, err := ReadChannels(path)
	if err != nil || len(all) == 0 {
		return Wave{}, err
	}
	w := all[0]
	for i := range w.Samples {
		for _, other := range all[1:] {
			w.Samples[i] += other.Samples[i]
		}
		w.Samples[i] /= float64(len(all))
	}
	return w, nil
}

// ReadChannels is ReadWave with each channel by itself; none before the file has any.
func ReadChannels(path string) ([]Wave, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%s: %w", path, errNoWave)
	}
	var format, bits int
	var all []Wave
	for at := 12; at+8 <= len(b); {
		id, size := string(b[at:at+4]), int(binary.LittleEndian.Uint32(b[at+4:]))
		at += 8
		if id == "data" && (size == 0 || at+size > len(b)) {
			size = len(b) - at
		}
		if size < 0 || at+size > len(b) {
			break
		}
		chunk := b[at : at+size]
		switch id {
		case "fmt ":
			if len(chunk) < 16 {
				return nil, fmt.Errorf("%s: %w", path, errNoWave)
			}
			format = int(binary.LittleEndian.Uint16(chunk))
			all = make([]Wave, binary.LittleEndian.Uint16(chunk[2:]))
			for i := range all {
				all[i].Rate = int(binary.LittleEndian.Uint32(chunk[4:]))
			}
			bits = int(binary.LittleEndian.Uint16(chunk[14:]))
			if format == 0xfffe && len(chunk) >= 26 {
				format = int(binary.LittleEndian.Uint16(chunk[24:]))
			}
		case "data":
			step := len(all) * bits / 8
			if step == 0 {
				return nil, fmt.Errorf("%s: %w", path, errNoWave)
			}
			for i := 0; i+step <= len(chunk); i += step {
				for c := range all {
					p := chunk[i+c*bits/8:]
					var v float64
					switch {
					case format == 1 && bits == 16:
						v = float64(int16(binary.LittleEndian.Uint16(p))) / 32768
					case format == 3 && bits == 32:
						v = float64(math.Float32frombits(binary.LittleEndian.Uint32(p)))
					default:
						return nil, fmt.Errorf("%s: format %d with %d bits: %w", path, format, bits, errNoWave)
					}
					all[c].Samples = append(all[c].Samples, v)
				}
			}
			return all, nil
		}
		at += size + size&1
	}
	return all, nil
}

// toneWindow is the stretch in which a tone is looked for: 20 Hz fine.
const toneWindow = 50 * time.Millisecond

// Tone returns for how long, in all, a sine of the frequency made up most of the sound.
func (w Wave) Tone(hz float64) time.Duration {
	n := int(toneWindow.Seconds() * float64(w.Rate))
	heard := time.Duration(0)
	for at := 0; n > 0 && at+n <= len(w.Samples); at += n {
		if share(w.Samples[at:at+n], hz, w.Rate) > 0.6 {
			heard += toneWindow
		}
	}
	return heard
}

// Level is what a frequency has in the loudest tenth of the sound, in dBFS: not what
// there is of it where another one begins or ends.
func (w Wave) Level(hz float64) float64 {
	n := int(toneWindow.Seconds() * float64(w.Rate))
	var all []float64
	c := 2 * math.Cos(2*math.Pi*hz/float64(w.Rate))
	for at := 0; n > 0 && at+n <= len(w.Samples); at += n {
		var a, b float64
		for i, x := range w.Samples[at : at+n] {
			// Hann's window: a loud neighbour does not leak in.
			x *= 1 - math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n))
			a, b = x+c*a-b, a
		}
		all = append(all, a*a+b*b-c*a*b)
	}
	if len(all) == 0 {
		return math.Inf(-1)
	}
	slices.Sort(all)
	return 20 * math.Log10(2*math.Sqrt(max(0, all[len(all)*9/10]))/float64(n)+1e-9)
}

// share is the part of the energy that lies at a frequency (Goertzel); 0 in silence.
func share(s []float64, hz float64, rate int) float64 {
	c := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	var a, b, all float64
	for _, x := range s {
		a, b = x+c*a-b, a
		all += x * x
	}
	if all/float64(len(s)) < 1e-6 { // -60 dBFS
		return 0
	}
	return 2 * (a*a + b*b - c*a*b) / (float64(len(s)) * all)
}

// Envelope is the loudness, in dB above -60 dBFS, of each 20 ms.
func (w Wave) Envelope() []float64 {
	n := w.Rate / 50
	var e []float64
	for at := 0; n > 0 && at+n <= len(w.Samples); at += n {
		sum := 0.0
		for _, x := range w.Samples[at : at+n] {
			sum += x * x
		}
		e = append(e, max(0, 60+10*math.Log10(sum/float64(n)+1e-12)))
	}
	return e
}

// Find looks for a sound in a longer one by how their loudness moves: the best
// correlation (-1 to 1) and where it begins.
func (w Wave) Find(part Wave) (correlation float64, at time.Duration) {
	whole, want := w.Envelope(), part.Envelope()
	for lag := 0; lag+len(want) <= len(whole); lag++ {
		if c := correlate(whole[lag:lag+len(want)], want); c > correlation {
			correlation, at = c, time.Duration(lag)*20*time.Millisecond
		}
	}
	return correlation, at
}

func correlate(a, b []float64) float64 {
	var ma, mb float64
	for i := range a {
		ma += a[i]
		mb += b[i]
	}
	ma, mb = ma/float64(len(a)), mb/float64(len(b))
	var ab, aa, bb float64
	for i := range a {
		x, y := a[i]-ma, b[i]-mb
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
