package device

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/driver"

	"foyer/media/video"
)

func openCamera(t *testing.T, id string, want CameraFormat) video.Reader {
	t.Helper()
	r, err := OpenCamera(id, want)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestCameraCard(t *testing.T) {
	noLeaks(t)
	open := map[string]func() (video.Reader, error){
		"320x240": func() (video.Reader, error) {
			return OpenCamera(Test, CameraFormat{Width: 320, Height: 240, FrameRate: 50})
		},
		"1280x720":  func() (video.Reader, error) { return OpenCamera(Test, CameraFormat{FrameRate: 50}) },
		"1920x1080": func() (video.Reader, error) { return OpenScreen(Test, ScreenOptions{FrameRate: 50}) },
		"640x360": func() (video.Reader, error) { // odd sizes are rounded
			return OpenCamera(Test, CameraFormat{Width: 641, Height: 361, FrameRate: 50})
		},
	}
	for size, open := range open {
		t.Run(size, func(t *testing.T) {
			r, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var first, last uint32
			var start, end time.Time
			for i := range 26 {
				f := readFrame(t, r, 5*time.Second)
				n, _, ok := video.ReadCard(f)
				if !ok {
					t.Fatal("a frame is no test card")
				}
				if got := fmt.Sprintf("%dx%d", f.Width, f.Height); got != size {
					t.Fatalf("frame is %s", got)
				}
				if i == 0 {
					first, start = n, f.Captured
				} else if n <= last || !f.Captured.After(end) {
					t.Errorf("number %d at %v after %d at %v", n, f.Captured, last, end)
				}
				last, end = n, f.Captured
				f.Release()
			}
			if last-first < 25 {
				t.Errorf("numbers %d to %d in 26 frames", first, last)
			}
			// Frames may be late on a busy machine, but never early.
			if rate := 25 / end.Sub(start).Seconds(); rate > 52 || rate < 20 {
				t.Errorf("%.1f frames per second, asked 50", rate)
			}
			closeEndsRead(t, r)
		})
	}
	if n := len(driver.GetManager().Query(driver.FilterVideoRecorder())) - len(cameras()); n != 0 {
		t.Errorf("%d drivers stayed registered", n)
	}
}

// TestCameraCards opens the card twice at once, as two people on one machine do.
func TestCameraCards(t *testing.T) {
	noLeaks(t)
	a := openCamera(t, Test, CameraFormat{FrameRate: 30})
	b := openCamera(t, Test, CameraFormat{FrameRate: 30})
	readFrame(t, a, 5*time.Second).Release()
	a.Close()
	readFrame(t, b, 5*time.Second).Release()
	if _, err := a.Read(); err != io.EOF {
		t.Errorf("Read after Close: %v", err)
	}
}

// TestDriverImages reads a source of ours as any mediadevices program would.
func TestDriverImages(t *testing.T) {
	noLeaks(t)
	a := &adapter{source: cardSource{CameraFormat{Width: 320, Height: 240, FrameRate: 30}}}
	if err := driver.GetManager().Register(a, driver.Info{Label: "images", DeviceType: driver.Camera}); err != nil {
		t.Fatal(err)
	}
	found := driver.GetManager().Query(func(d driver.Driver) bool { return d.Info().Label == "images" })
	if len(found) != 1 {
		t.Fatalf("found %d drivers", len(found))
	}
	d := found[0]
	defer driver.GetManager().Delete(d.ID())
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p := d.Properties()
	if len(p) != 1 || p[0].Width != 320 || p[0].Height != 240 || p[0].FrameRate != 30 {
		t.Fatalf("properties are %v", p)
	}
	r, err := d.(driver.VideoRecorder).VideoRecord(p[0])
	if err != nil {
		t.Fatal(err)
	}
	img, release, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	var pool video.Pool
	f := pool.Get(320, 240)
	if err := fill(f, img); err != nil {
		t.Fatal(err)
	}
	release()
	if n, _, ok := video.ReadCard(f); !ok || n == 0 {
		t.Errorf("the image is no card: %d, %v", n, ok)
	}
	d.Close()
	if _, _, err := r.Read(); err != io.EOF {
		t.Errorf("Read after Close: %v", err)
	}
}

func TestCameraFile(t *testing.T) {
	noLeaks(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "clip.y4m")
	var b bytes.Buffer
	fmt.Fprint(&b, "YUV4MPEG2 W64 H48 F50:1 Ip A1:1 C420jpeg\n")
	shades := []byte{40, 80, 120, 160, 200}
	for _, y := range shades {
		fmt.Fprint(&b, "FRAME\n")
		b.Write(bytes.Repeat([]byte{y}, 64*48))
		b.Write(bytes.Repeat([]byte{128}, 64*48/2))
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (video.Reader, error){
		"camera": func() (video.Reader, error) { return OpenCamera(path, CameraFormat{}) },
		"screen": func() (video.Reader, error) { return OpenScreen(path, ScreenOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			r, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for i := range 2*len(shades) + 1 { // over and over
				f := readFrame(t, r, 5*time.Second)
				if f.Width != 64 || f.Height != 48 || f.Captured.IsZero() {
					t.Fatalf("frame %d is %dx%d, captured %v", i, f.Width, f.Height, f.Captured)
				}
				if want := shades[i%len(shades)]; f.Y[1000] < want-2 || f.Y[1000] > want+2 {
					t.Errorf("frame %d has shade %d, want %d", i, f.Y[1000], want)
				}
				f.Release()
			}
			closeEndsRead(t, r)
		})
	}
	junk := filepath.Join(folder, "junk.mp4")
	if err := os.WriteFile(junk, []byte("this is no film"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := OpenCamera(junk, CameraFormat{}); err == nil {
		r.Close()
		t.Error("a file that is no video opens")
	}
}

func TestCameraUnknown(t *testing.T) {
	noLeaks(t)
	for _, id := range []string{None, "no such camera", "/no/such/file.mp4", t.TempDir()} {
		if _, err := OpenCamera(id, CameraFormat{}); !errors.Is(err, ErrNoDevice) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if len(cameras()) == 0 {
		if _, err := OpenCamera(Default, CameraFormat{}); !errors.Is(err, ErrNoDevice) {
			t.Errorf("the default of none: %v", err)
		}
	}
}
