package sound

import (
	"context"
	"math"
	"math/cmplx"
	"os/exec"
	"testing"
	"time"

	"foyer/media/audio"
)

func TestTransformIsTheDiscreteFourierTransform(t *testing.T) {
	x := make([]complex128, 16)
	for i := range x {
		x[i] = complex(math.Sin(float64(i*i)), float64(i%3))
	}
	got := append([]complex128(nil), x...)
	fft(got, false)
	for k := range x {
		sum := complex(0, 0)
		for i, v := range x {
			sum += v * cmplx.Rect(1, -2*math.Pi*float64(i*k)/16)
		}
		if cmplx.Abs(sum-got[k]) > 1e-9 {
			t.Errorf("bin %d is %v, want %v", k, got[k], sum)
		}
	}
	fft(got, true)
	for i := range x {
		if cmplx.Abs(x[i]-got[i]) > 1e-12 {
			t.Fatalf("back again, %d is %v", i, got[i])
		}
	}
}

func TestConvolveAndAlign(t *testing.T) {
	x := Hiss(20_000, -20, 1)
	h := make([]float32, 700)
	h[300], h[650] = 0.5, -0.25
	y := Convolve(x, h)
	for _, i := range []int{0, 299, 300, 649, 5000, 12_345, 19_999} {
		want := float32(0)
		if i >= 300 {
			want += 0.5 * x[i-300]
		}
		if i >= 650 {
			want -= 0.25 * x[i-650]
		}
		if math.Abs(float64(y[i]-want)) > 1e-5 {
			t.Errorf("sample %d is %v, want %v", i, y[i], want)
		}
	}
	if lag := Align(x, y, 4000); lag != 300 {
		t.Errorf("lags by %d, want 300", lag)
	}
}

func TestResampleKeepsATone(t *testing.T) {
	x := make([]float32, 96_000)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * 1000 * float64(i) / 48000))
	}
	y := Resample(x, 1+200e-6)
	worst := 0.0
	for i := 100; i < 90_000; i++ {
		worst = max(worst, math.Abs(float64(y[i])-math.Sin(2*math.Pi*1000*float64(i)*(1+200e-6)/48000)))
	}
	if worst > 1e-3 {
		t.Errorf("off by %.5f", worst)
	}
}

func TestRoomsHaveTheirDelayAndLoss(t *testing.T) {
	for _, r := range Rooms {
		h := r.Response()
		first := 0
		for first < len(h) && math.Abs(float64(h[first])) < 1e-3 {
			first++
		}
		if ms := float64(first) / 48; math.Abs(ms-r.Delay) > 1 {
			t.Errorf("%s: first sound after %.1f ms, want %.0f", r.Name, ms, r.Delay)
		}
		if loss := -decibel(energy(h)); math.Abs(loss-r.Loss) > 0.1 {
			t.Errorf("%s: loss %.1f dB, want %.0f", r.Name, loss, r.Loss)
		}
		tail := energy(h[len(h)-4800:]) / energy(h)
		if tail > 0.01 || energy(h[first+480:])/energy(h) < 0.05 {
			t.Errorf("%s: %.4f of the energy is in the last 100 ms", r.Name, tail)
		}
	}
}

func TestDistanceIsOfTheSpectrum(t *testing.T) {
	x := Loud(fan(96_000), -26)
	if d := SpectralDistance(x, x); d > 1e-9 {
		t.Errorf("%.2f dB from itself", d)
	}
	soft := append([]float32(nil), x...)
	for i := range soft {
		soft[i] /= 4
	}
	if d := SpectralDistance(x, soft); d > 0.01 {
		t.Errorf("%.2f dB from the same, softer", d)
	}
	if a, b := SpectralDistance(x, Sum(x, Hiss(len(x), -50, 1))), SpectralDistance(x, Sum(x, Hiss(len(x), -30, 1))); a <= 0 || b < a+1 {
		t.Errorf("%.2f dB with a little noise, %.2f with much", a, b)
	}
}

// speech skips the test where there is no synthesiser.
func speech(t *testing.T, which int, seconds float64) []float32 {
	t.Helper()
	if _, err := exec.LookPath(Synthesiser); err != nil {
		t.Skipf("%s is not installed", Synthesiser)
	}
	x, err := Speech(context.Background(), which, seconds)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestEchoIsTakenOutAndSpeechIsLeft(t *testing.T) {
	far, near := speech(t, 0, 12), speech(t, 1, 12)
	e, err := MeasureEcho(Rooms[0], far, near, Devices{Drift: 50, Jitter: time.Millisecond, Lump: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", e)
	if e.Enhancement < 35 || e.Lowered > 3 || e.Converged > 2 {
		t.Errorf("echo is %.0f dB down, 35 dB after %.1f s, speech lowered by %.1f dB", e.Enhancement, e.Converged, e.Lowered)
	}
}

func TestNoiseIsTakenOutAndSpeechIsHeard(t *testing.T) {
	near := speech(t, 1, 20)
	n, err := MeasureNoise("fan", near, Loud(fan(len(near)), -36))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", n)
	if n.Reduced < 15 || n.With > n.Without || n.Voice < 0.85 || n.Mistaken > 0.05 {
		t.Errorf("noise is %.0f dB down, speech %.1f dB off (%.1f without), voice in %.2f of speech and %.2f of pauses", n.Reduced, n.With, n.Without, n.Voice, n.Mistaken)
	}
}

// What is done changes while talking: no gap, and no echo meanwhile.
func TestProcessingChangesWithoutAGap(t *testing.T) {
	far := speech(t, 0, 16)
	echo := Sum(Echo(far, Rooms[0].Response(), 0), Hiss(len(far), -80, 5))
	tap := audio.NewTap(audio.BlockSamples)
	p, err := audio.NewProcessor(tap, audio.Processing{GainOff: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	out := append([]float32(nil), echo...)
	for i := 0; (i+1)*480 <= len(out); i++ {
		switch i {
		case 600:
			err = p.Set(audio.Processing{GainOff: true, NoiseOff: true})
		case 1000:
			err = p.Set(audio.Processing{GainOff: true})
		case 1300:
			err = p.Set(audio.Processing{GainOff: true, EchoOff: true, NoiseOff: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		tap.WriteAt(far[i*480:(i+1)*480], time.Duration(i+100)*10*time.Millisecond)
		p.Capture(out[i*480:(i+1)*480], time.Duration(i+101)*10*time.Millisecond)
	}
	for from := 3; from < 13; from++ {
		a, b := from*48000, (from+1)*48000
		if e := Enhancement(echo[a:b], out[a:b]); e < 20 {
			t.Errorf("second %d: echo is %.0f dB down", from, e)
		}
	}
	if e := Enhancement(echo[14*48000:], out[14*48000:]); math.Abs(e) > 0.5 {
		t.Errorf("with everything off, sound is %.1f dB down", e)
	}
}
