package codec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a file claims takes no memory: only what is there does.
func FuzzOpenFile(f *testing.F) {
	y4m := func(header string, n int) []byte {
		return []byte("YUV4MPEG2 " + header + "\nFRAME\n" + strings.Repeat("\x80", n))
	}
	f.Add(y4m("W16 H16 F30:1 C420", 16*16*3/2))
	f.Add(y4m("W16 H16 F30:1 C420", 100))
	f.Add(y4m("W60000 H60000 F30:1", 100))
	f.Add(y4m("W16000 H16000 F30:1 C420", 100))
	f.Add(y4m("W8192 H8192 F0:0 Ip A0:0", 100))
	f.Add(y4m("W-1 H99999999999 F1:0 C444p16", 100))
	f.Add(y4m("W1 H1 F1000000:1 Cmono", 10))
	f.Add([]byte("#EXTM3U\n/etc/passwd\n"))
	path := filepath.Join(f.TempDir(), "file.y4m")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		before := resident()
		r, err := OpenFile(path)
		if grown := resident() - before; grown > 200<<20 {
			t.Fatalf("%d bytes take %d MB", len(b), grown>>20)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformedFile) {
				t.Fatalf("%v does not wrap ErrMalformedFile", err)
			}
			return
		}
		r.Close()
	})
}
