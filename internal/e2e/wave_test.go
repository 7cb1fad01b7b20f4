package e2e

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"
	"time"
)

// wave is a mono sound.
type wave struct {
	rate    int
	samples []float64 // -1 to 1
}

func sine(hz, amplitude float64, length time.Duration) wave {
	w := wave{48000, make([]float64, int(length.Seconds()*48000))}
	for i := range w.samples {
		w.samples[i] = amplitude * math.Sin(2*math.Pi*hz*float64(i)/48000)
	}
	return w
}

// write stores it as 16-bit PCM.
func (w wave) write(path string) error {
	data := make([]byte, 44, 44+2*len(w.samples))
	copy(data, "RIFF")
	binary.LittleEndian.PutUint32(data[4:], uint32(36+2*len(w.samples)))
	copy(data[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(data[16:], 16)
	binary.LittleEndian.PutUint16(data[20:], 1)
	binary.LittleEndian.PutUint16(data[22:], 1)
	binary.LittleEndian.PutUint32(data[24:], uint32(w.rate))
	binary.LittleEndian.PutUint32(data[28:], uint32(2*w.rate))
	binary.LittleEndian.PutUint16(data[32:], 2)
	binary.LittleEndian.PutUint16(data[34:], 16)
	copy(data[36:], "data")
	binary.LittleEndian.PutUint32(data[40:], uint32(2*len(w.samples)))
	for _, s := range w.samples {
		data = binary.LittleEndian.AppendUint16(data, uint16(int16(max(-1, min(1, s))*32767)))
	}
	return os.WriteFile(path, data, 0o600)
}

var errNoWave = errors.New("not a WAV file that can be read here")

// readWave reads 16-bit or float32 PCM and adds the channels up. A file still
// being written, whose header has no lengths yet, is read to its end.
func readWave(path string) (wave, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return wave{}, err
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return wave{}, fmt.Errorf("%s: %w", path, errNoWave)
	}
	var format, channels, bits int
	w := wave{}
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
				return wave{}, fmt.Errorf("%s: %w", path, errNoWave)
			}
			format = int(binary.LittleEndian.Uint16(chunk))
			channels = int(binary.LittleEndian.Uint16(chunk[2:]))
			w.rate = int(binary.LittleEndian.Uint32(chunk[4:]))
			bits = int(binary.LittleEndian.Uint16(chunk[14:]))
			if format == 0xfffe && len(chunk) >= 26 {
				format = int(binary.LittleEndian.Uint16(chunk[24:]))
			}
		case "data":
			step := channels * bits / 8
			if step == 0 {
				return wave{}, fmt.Errorf("%s: %w", path, errNoWave)
			}
			for i := 0; i+step <= len(chunk); i += step {
				sum := 0.0
				for c := range channels {
					p := chunk[i+c*bits/8:]
					switch {
					case format == 1 && bits == 16:
						sum += float64(int16(binary.LittleEndian.Uint16(p))) / 32768
					case format == 3 && bits == 32:
						sum += float64(math.Float32frombits(binary.LittleEndian.Uint32(p)))
					default:
						return wave{}, fmt.Errorf("%s: format %d with %d bits: %w", path, format, bits, errNoWave)
					}
				}
				w.samples = append(w.samples, sum/float64(channels))
			}
			return w, nil
		}
		at += size + size&1
	}
	return w, nil
}

// toneWindow is the stretch in which a tone is looked for: 20 Hz fine.
const toneWindow = 50 * time.Millisecond

// tone returns for how long, in all, a sine of the frequency made up most of the sound.
func (w wave) tone(hz float64) time.Duration {
	n := int(toneWindow.Seconds() * float64(w.rate))
	heard := time.Duration(0)
	for at := 0; n > 0 && at+n <= len(w.samples); at += n {
		if share(w.samples[at:at+n], hz, w.rate) > 0.6 {
			heard += toneWindow
		}
	}
	return heard
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

// envelope is the loudness, in dB above -60 dBFS, of each 20 ms.
func (w wave) envelope() []float64 {
	n := w.rate / 50
	var e []float64
	for at := 0; n > 0 && at+n <= len(w.samples); at += n {
		sum := 0.0
		for _, x := range w.samples[at : at+n] {
			sum += x * x
		}
		e = append(e, max(0, 60+10*math.Log10(sum/float64(n)+1e-12)))
	}
	return e
}

// find looks for a sound in a longer one by how their loudness moves: the best
// correlation (-1 to 1) and where it begins.
func (w wave) find(part wave) (correlation float64, at time.Duration) {
	whole, want := w.envelope(), part.envelope()
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

// The measures themselves are measured first.
func TestTonesAreTold(t *testing.T) {
	path := t.TempDir() + "/tone.wav"
	both := sine(440, 0.3, time.Second)
	both.samples = append(both.samples, make([]float64, 24000)...)
	both.samples = append(both.samples, sine(660, 0.05, time.Second).samples...)
	if err := both.write(path); err != nil {
		t.Fatal(err)
	}
	w, err := readWave(path)
	if err != nil || len(w.samples) != 120000 {
		t.Fatalf("read back %d samples, %v", len(w.samples), err)
	}
	for hz, want := range map[float64]time.Duration{440: time.Second, 660: time.Second, 550: 0, 1000: 0} {
		if got := w.tone(hz); (got - want).Abs() > 100*time.Millisecond {
			t.Errorf("%g Hz for %v; want %v", hz, got, want)
		}
	}
	part := wave{48000, w.samples[40000:100000]}
	if c, at := w.find(part); c < 0.95 || (at-833*time.Millisecond).Abs() > 40*time.Millisecond {
		t.Errorf("a part is found at %v by %.2f", at, c)
	}
}
