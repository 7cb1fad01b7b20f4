package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"foyer/internal/e2e/network"
	"foyer/internal/e2e/sound"
)

// speak makes a WAV file of spoken sentences, and returns what is in it.
func speak(t *testing.T, text string) (path string, said sound.Wave) {
	t.Helper()
	needTool(t, "espeak-ng")
	path = filepath.Join(t.TempDir(), "spoken.wav")
	if out, err := exec.Command("espeak-ng", "-s", "150", "-g", "6", "-w", path, text).CombinedOutput(); err != nil {
		t.Fatalf("espeak-ng: %v: %s", err, out)
	}
	said, err := sound.ReadWave(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, said
}

// Every word that is spoken into Ann's microphone comes out of Bob's speaker with no
// hole in it, over lines that lose every twentieth packet.
func TestEveryWordIsHeardOverALossyLine(t *testing.T) {
	// A machine that is busy with other things cuts holes, too.
	_, _ = sound.InRealTime(func() error {
		testEveryWord(t)
		return nil
	})
}

func testEveryWord(t *testing.T) {
	need(t, network.Missing())
	spoken, said := speak(t, "The foyer is open. Please come in, take a seat, and tell us what you have seen on the way. "+
		"Seven yellow lanterns hang above the garden door, and nobody remembers who lit them.")
	n, err := network.New(within(t, 20*time.Second), serving, sending, watching)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	s := startSound(t, sound.PipeWire)
	data := t.TempDir()
	h := awaitReady(t, &host{data: data, Program: runWithin(t, n.Within(serving), quietEnv(t),
		serveArgs(data, "--listen", n.Address(serving)+":0", "--public-host", n.Address(serving))...)})
	joinWithin(t, n.Within(watching), s.Env, h.link(t, "guest"), "Bob", "--camera", "none", "--microphone", "none", "--speaker", "")
	joinWithin(t, n.Within(sending), s.Env, h.link(t, "host"), "Ann", "--camera", "none", "--microphone", "", "--speaker", "none")
	r := s.record()
	s.awaitTone(r, 660) // devices take a moment to run
	for _, lossy := range []string{sending, watching} {
		if err := n.Lose(within(t, 10*time.Second), lossy, 0.05); err != nil {
			t.Fatal(err)
		}
		listenTo(t, s, r, "5 % lost on the line of "+lossy, spoken, said)
		if err := n.Lose(within(t, 10*time.Second), lossy, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// longestGap is what nobody notices in a word.
const longestGap = 40 * time.Millisecond

// listenTo plays speech to the microphone until all of it has come out of the speaker
// whole. A busy machine cuts holes into it before it comes to us and after it has left
// us: so it may take a few times.
func listenTo(t *testing.T, s *soundServer, r *sound.Recording, what, spoken string, said sound.Wave) {
	t.Helper()
	const times = 6
	for i := range times {
		from := r.Len()
		stop := s.feed(spoken)
		err := r.Until(from, said.Length()+25*time.Second, func(w sound.Wave) bool { return w.Length() > said.Length()+2*time.Second })
		stop()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		words := r.Heard(from).Words(said)
		missing, worst, gap := 0, 1.0, time.Duration(0)
		for _, w := range words {
			worst, gap = min(worst, w.Likeness), max(gap, w.Gap)
			if !w.Present() {
				missing++
			}
			if !w.Present() || w.Gap > longestGap {
				t.Logf("%s: word at %v to %v: likeness %.2f, gap %v", what, w.From, w.To, w.Likeness, w.Gap)
			}
		}
		fmt.Printf("figure: speech, %s: %d of %d words missing (target 0), likeness from %.2f, longest gap %d ms (target %d), time %d\n",
			what, missing, len(words), worst, gap.Milliseconds(), longestGap.Milliseconds(), i+1)
		if len(words) > 10 && missing == 0 && gap <= longestGap {
			return
		}
	}
	t.Errorf("%s: none of %d times was all of it heard whole", what, times)
}
