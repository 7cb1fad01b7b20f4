package sound

import (
	"math"
	"testing"
	"time"
)

// babble is made of words of different length and shape, with pauses.
func babble() Wave {
	w := Wave{48000, make([]float64, 9600)}
	for i, ms := range []int{300, 150, 420, 200, 260, 380} {
		n := ms * 48
		for j := range n {
			shape := 0.55 - 0.45*math.Cos(2*math.Pi*float64(j)/float64(n)*float64(1+i%3))
			w.Samples = append(w.Samples, 0.3*shape*math.Sin(2*math.Pi*(150+20*float64(i))*float64(j)/48000))
		}
		w.Samples = append(w.Samples, make([]float64, 48*(90+17*i))...)
	}
	return w
}

// Words are found though they have wandered, changed their loudness or lost a
// packet; silence in them is measured, and a missing one is missed.
func TestWords(t *testing.T) {
	said := babble()
	heard := Wave{48000, make([]float64, 20000)}
	for i, x := range said.Samples {
		if i == len(said.Samples)/2 {
			heard.Samples = append(heard.Samples, make([]float64, 480)...) // stretched
		}
		heard.Samples = append(heard.Samples, x/2)
	}
	words := heard.Words(said)
	if len(words) != 6 {
		t.Fatalf("%d words", len(words))
	}
	for _, w := range words {
		if !w.Present() || w.Gap > 0 || w.Likeness < 0.95 {
			t.Errorf("%+v", w)
		}
	}
	hole := heard
	hole.Samples = append([]float64(nil), heard.Samples...)
	third := words[2]
	mid := int((third.At + (third.To-third.From)/4).Seconds() * 48000)
	clear(hole.Samples[mid-48*40 : mid+48*40])
	if w := hole.Words(said)[2]; w.Gap < 60*time.Millisecond || w.Gap > 100*time.Millisecond {
		t.Errorf("a hole of 80 ms is one of %v", w.Gap)
	}
	clear(hole.Samples[mid-48*200 : mid+48*400])
	if w := hole.Words(said)[2]; w.Present() && w.Gap < 100*time.Millisecond {
		t.Errorf("a word that is gone: %+v", w)
	}
}
