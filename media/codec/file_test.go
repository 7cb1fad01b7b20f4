package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"foyer/media/video"
)

// y4m writes n pictures of a card as a Y4M file.
func y4m(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W160 H96 F60:1 Ip A1:1 C420jpeg\n")
	frames(t, 160, 96, n, func(f *video.Frame, _ int) {
		b.WriteString("FRAME\n")
		b.Write(f.Y)
		b.Write(f.U)
		b.Write(f.V)
	})
	path := filepath.Join(t.TempDir(), "card.y4m")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readNumbers(t *testing.T, path string, n int) []uint32 {
	t.Helper()
	r, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []uint32
	for range n {
		f, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		number, _, ok := video.ReadCard(f)
		if !ok {
			t.Errorf("no marker in picture %d of %s", len(got), path)
		}
		if f.Captured.IsZero() {
			t.Error("a picture without a capture time")
		}
		got = append(got, number)
		f.Release()
	}
	return got
}

func TestFileLoops(t *testing.T) {
	got := readNumbers(t, y4m(t, 5), 12)
	for i, n := range got {
		if n != uint32(i%5) {
			t.Fatalf("numbers %v, want 0 to 4 over and over", got)
		}
	}
}

// An MP4 goes through the H.264 decoder, an MJPEG through 4:2:2 pictures.
func TestFileFormats(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: MP4 and MJPEG files cannot be made here")
	}
	from := y4m(t, 5)
	for name, args := range map[string][]string{
		"card.mp4": {"-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p"},
		"card.avi": {"-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"},
	} {
		to := filepath.Join(t.TempDir(), name)
		if out, err := exec.Command(ffmpeg, append(append([]string{"-v", "error", "-i", from}, args...), to)...).CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v: %s", name, err, out)
		}
		got := readNumbers(t, to, 7)
		for i, n := range got {
			if n != uint32(i%5) {
				t.Errorf("%s: numbers %v, want 0 to 4 over and over", name, got)
				break
			}
		}
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "letter.mp4")
	if err := os.WriteFile(text, []byte("dear reader"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{text, filepath.Join(dir, "missing.mp4"), dir} {
		if _, err := OpenFile(p); !errors.Is(err, ErrMalformedFile) {
			t.Errorf("%s: %v, want ErrMalformedFile", p, err)
		}
	}
}

func TestCloseEndsRead(t *testing.T) {
	r, err := OpenFile(y4m(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		for {
			f, err := r.Read()
			if err != nil {
				ended <- err
				return
			}
			f.Release()
		}
	}()
	r.Close()
	r.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, io.EOF) {
			t.Errorf("Read after Close: %v, want io.EOF", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Read goes on after Close")
	}
}
