package sound

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"foyer/media/audio"
)

// Synthesiser is the program that speaks.
const Synthesiser = "espeak-ng"

// Voices are people, by espeak-ng's name and pace in words a minute.
var Voices = []struct {
	Name string
	Pace int
}{
	{"en-us", 150}, {"en-gb+f3", 165}, {"en-us+m3", 140}, {"en-gb+f4", 175}, {"en-gb+m7", 155}, {"en-us+f2", 145}, {"en-gb-scotland", 160}, {"en-us+m1", 170},
}

var sentences = []string{
	"The boat was moored behind the old mill, where nobody came in winter.",
	"She asked seven questions and wrote every answer down in a small green book.",
	"We should ship the new version on Thursday, unless the tests say otherwise.",
	"A large size in stockings is hard to sell, and the juice of lemons makes fine punch.",
	"He threw the keys across the table and left without another word.",
	"Four hours of steady work faced us, so we opened the window and began.",
	"Please move the meeting to half past three, and tell the others about it.",
	"The quick train passes the village twice a day but never stops there.",
}

// Speech makes seconds of somebody talking, sentence after sentence, with the
// pauses of talk, at -26 dBov. which chooses voice and words.
func Speech(ctx context.Context, which int, seconds float64) ([]float32, error) {
	folder, err := os.MkdirTemp("", "foyer-speech-")
	if err != nil {
		return nil, fmt.Errorf("make speech: %w", err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "speech.wav")
	v := Voices[which%len(Voices)]
	var text []string
	for i := range sentences {
		text = append(text, sentences[(i+3*which)%len(sentences)])
	}
	out, err := exec.CommandContext(ctx, Synthesiser, "-v", v.Name, "-s", fmt.Sprint(v.Pace), "-w", path, strings.Join(text, "\n\n")).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("make speech: %w: %s", err, out)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("make speech: %w", err)
	}
	defer f.Close()
	samples, err := audio.ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("make speech: %w", err)
	}
	all := make([]float32, int(seconds*audio.SampleRate))
	for n := 0; n < len(all) && len(samples) > 0; {
		n += copy(all[n:], samples)
	}
	return Loud(all, -26), nil
}

// Loud brings a sound to a level in dBov, the RMS of its parts that are heard.
func Loud(x []float32, level float64) []float32 {
	gain := float32(math.Pow(10, (level-ActiveLevel(x))/20))
	for i := range x {
		x[i] *= gain
	}
	return x
}

// frame is what levels are taken over: 20 ms.
const frame = 960

// levels is the RMS of each frame in dBov.
func levels(x []float32) []float64 {
	list := make([]float64, len(x)/frame)
	for i := range list {
		list[i] = decibel(energy(x[i*frame:(i+1)*frame]) / frame)
	}
	return list
}

func energy(x []float32) (sum float64) {
	for _, s := range x {
		sum += float64(s) * float64(s)
	}
	return sum
}

func decibel(power float64) float64 { return 10 * math.Log10(power+1e-12) }

// ActiveLevel is the level of those frames that are at most 15 dB softer than the
// loudest 5 %: without pauses.
func ActiveLevel(x []float32) float64 {
	sum, n := 0.0, 0
	for i, on := range Active(x) {
		if on {
			sum += energy(x[i*frame : (i+1)*frame])
			n += frame
		}
	}
	return decibel(sum / float64(max(n, 1)))
}
