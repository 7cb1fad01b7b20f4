package device

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"foyer/media/audio"
)

// read loads a recording.
func readRecording(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := audio.ReadWAV(f)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestSoundCheckPlaysWhatItRecorded(t *testing.T) {
	heard := filepath.Join(t.TempDir(), "heard.wav")
	enough := make(chan struct{})
	var recorded, played float64
	loud, ended := 0.0, false
	err := SoundCheck(t.Context(), newToneMicrophone(), func() (Playback, error) { return OpenSpeaker(heard) }, enough, func(p CheckProgress) {
		if p.Playing {
			if p.Done < played {
				t.Errorf("playing goes back from %.2f to %.2f", played, p.Done)
			}
			played = p.Done
			return
		}
		recorded, loud = p.Done, max(loud, p.Level)
		if p.Done > 0.25 && !ended {
			ended = true
			close(enough)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if recorded < 0.25 || played != 1 || loud < 0.5 {
		t.Errorf("recorded %.2f, played %.2f, level %.2f", recorded, played, loud)
	}
	x := readRecording(t, heard)
	if len(x) < SampleRate || audio.ToneLevel(x[:SampleRate*7/10], 440) < 0.08 {
		t.Errorf("%d samples, the tone of 0.1 at %.3f", len(x), audio.ToneLevel(x, 440))
	}
}

func TestSoundCheckOfASilentMicrophone(t *testing.T) {
	enough := make(chan struct{})
	close(enough)
	silent := &recorded{newClocked(), func(block []float32) { clear(block) }}
	err := SoundCheck(t.Context(), silent, func() (Playback, error) {
		t.Error("silence is played")
		return OpenSpeaker(None)
	}, enough, func(CheckProgress) {})
	if !errors.Is(err, ErrQuiet) {
		t.Errorf("%v", err)
	}
}

func TestSoundCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := SoundCheck(ctx, newToneMicrophone(), func() (Playback, error) { return OpenSpeaker(None) }, nil, func(p CheckProgress) {
		if p.Done > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
