package device

import (
	"errors"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/frame"
	mvideo "github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

// standIn is a camera as mediadevices would find one, without the kernel.
type standIn struct {
	openErr, recordErr error
	rates              []float32
	asked              prop.Media
	mu                 sync.Mutex
	open               bool
	next               func(n int) (image.Image, error)
}

func (w *standIn) Open() error {
	if w.openErr == nil {
		w.open = true
	}
	return w.openErr
}

func (w *standIn) Properties() []prop.Media { return media(frame.FormatYUYV, 64, 48, w.rates...) }

func (w *standIn) VideoRecord(p prop.Media) (mvideo.Reader, error) {
	w.asked = p
	n := 0
	return mvideo.ReaderFunc(func() (image.Image, func(), error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.open {
			return nil, nil, io.EOF
		}
		n++
		img, err := w.next(n)
		return img, func() {}, err
	}), w.recordErr
}

func (w *standIn) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = false
	return nil
}

const standInID = "usb-Acme_Cam_1234-video-index0"

// plug registers w as /dev/video77 of a made-up /dev, and returns its node.
func plug(t *testing.T, w *standIn) (node string) {
	t.Helper()
	if len(w.rates) == 0 {
		w.rates = []float32{30}
	}
	old := devFolder
	devFolder = t.TempDir()
	node = filepath.Join(devFolder, "video77")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cameras() // looks now, so that it does not forget w later
	if err := driver.GetManager().Register(w, driver.Info{Label: standInID + ";video77", Name: "Acme Cam;usb-1.2",
		DeviceType: driver.Camera, Priority: driver.PriorityHigh}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, d := range driver.GetManager().Query(func(d driver.Driver) bool { return d.Info().Label == standInID+";video77" }) {
			driver.GetManager().Delete(d.ID())
		}
		devFolder = old
	})
	return node
}

// ycc is a picture of 64x48 in one shade, in memory that the next call reuses.
func ycc(ratio image.YCbCrSubsampleRatio) func(n int) (image.Image, error) {
	img := image.NewYCbCr(image.Rect(0, 0, 64, 48), ratio)
	return func(n int) (image.Image, error) {
		for i := range img.Y {
			img.Y[i] = byte(n)
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = byte(n+1), byte(n+2)
		}
		return img, nil
	}
}

func TestCameraListed(t *testing.T) {
	noLeaks(t)
	plug(t, &standIn{next: ycc(image.YCbCrSubsampleRatio422)})
	want := Info{Kind: Camera, ID: standInID, Name: "Acme Cam", Default: true}
	if list := Devices().Cameras; !slices.Contains(list, want) {
		t.Errorf("cameras are %v, want %v among them", list, want)
	}
}

func TestCameraCopies(t *testing.T) {
	rgba := func(n int) (image.Image, error) {
		m := image.NewRGBA(image.Rect(0, 0, 64, 48))
		for i := range m.Pix {
			m.Pix[i] = 255
		}
		return m, nil
	}
	for name, test := range map[string]struct {
		next    func(n int) (image.Image, error)
		y, u, v byte // of the first frame
	}{
		"4:2:0": {ycc(image.YCbCrSubsampleRatio420), 1, 2, 3},
		"4:2:2": {ycc(image.YCbCrSubsampleRatio422), 1, 2, 3},
		"RGBA":  {rgba, 235, 128, 128},
		"other": {func(int) (image.Image, error) {
			m := image.NewGray(image.Rect(0, 0, 64, 48))
			for i := range m.Pix {
				m.Pix[i] = 255
			}
			return m, nil
		}, 235, 128, 128},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			w := &standIn{next: test.next, rates: []float32{15, 30}}
			plug(t, w)
			r := openCamera(t, standInID, CameraFormat{Width: 64, Height: 48, FrameRate: 30})
			if w.asked.FrameRate != 30 || w.asked.Width != 64 {
				t.Errorf("the camera was asked for %v", w.asked.Video)
			}
			f := readFrame(t, r, time.Second)
			readFrame(t, r, time.Second).Release() // the camera writes over its picture
			if f.Width != 64 || f.Height != 48 || f.Captured.IsZero() {
				t.Errorf("frame is %dx%d, captured %v", f.Width, f.Height, f.Captured)
			}
			if f.Y[500] != test.y || f.U[100] != test.u || f.V[100] != test.v {
				t.Errorf("pixel is %d %d %d, want %d %d %d", f.Y[500], f.U[100], f.V[100], test.y, test.u, test.v)
			}
			f.Release()
			closeEndsRead(t, r)
			if w.open {
				t.Error("the camera stayed open")
			}
			openCamera(t, standInID, CameraFormat{}) // and it opens again
		})
	}
}

func TestCameraFaults(t *testing.T) {
	noLeaks(t)
	still := ycc(image.YCbCrSubsampleRatio420)
	for name, test := range map[string]struct {
		camera *standIn
		want   error
	}{
		"busy":         {&standIn{openErr: syscall.EBUSY}, ErrBusy},
		"busy in text": {&standIn{recordErr: errors.New("Failed to map request buffers: device or resource busy")}, ErrBusy},
		"denied":       {&standIn{openErr: &os.PathError{Op: "open", Path: "/dev/video77", Err: syscall.EACCES}}, ErrDenied},
		"gone":         {&standIn{openErr: syscall.ENODEV}, ErrNoDevice},
		"no format":    {&standIn{rates: []float32{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := test.camera
			w.next = still
			plug(t, w)
			if test.want == nil { // plug gives a rate to those that have none
				w.rates, test.want = nil, ErrUnsupported
			}
			if _, err := OpenCamera(standInID, CameraFormat{}); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if w.open {
				t.Error("the camera stayed open")
			}
			// It can be tried again.
			w.openErr, w.recordErr, w.rates = nil, nil, []float32{30}
			r := openCamera(t, standInID, CameraFormat{})
			readFrame(t, r, time.Second).Release()
			if _, err := OpenCamera(standInID, CameraFormat{}); !errors.Is(err, ErrBusy) {
				t.Errorf("open twice: %v", err)
			}
			r.Close()
		})
	}
}

func TestCameraVanishes(t *testing.T) {
	noLeaks(t)
	still := ycc(image.YCbCrSubsampleRatio420)
	unplugged := false
	for name, test := range map[string]struct {
		next func(n int) (image.Image, error)
		pull bool
	}{
		"error of the kernel": {func(n int) (image.Image, error) {
			if n > 3 {
				return nil, syscall.ENODEV
			}
			return still(n)
		}, false},
		"silent, then no node": {func(n int) (image.Image, error) {
			if unplugged {
				return nil, errors.New("read timeout")
			}
			return still(n)
		}, true},
		"nothing but junk": {func(n int) (image.Image, error) {
			if n > 3 {
				return nil, errors.New("invalid JPEG format")
			}
			return still(n)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			unplugged = false
			node := plug(t, &standIn{next: test.next})
			r := openCamera(t, standInID, CameraFormat{})
			readFrame(t, r, time.Second).Release()
			if test.pull {
				if err := os.Remove(node); err != nil {
					t.Fatal(err)
				}
				unplugged = true
			}
			for n := 0; ; n++ {
				f, err := r.Read()
				if err == nil {
					f.Release()
					if n > 1000 {
						t.Fatal("it goes on")
					}
					continue
				}
				if !errors.Is(err, ErrGone) {
					t.Errorf("Read: %v", err)
				}
				break
			}
		})
	}
}

func TestCameraBadPictures(t *testing.T) {
	noLeaks(t)
	still := ycc(image.YCbCrSubsampleRatio420)
	plug(t, &standIn{next: func(n int) (image.Image, error) {
		switch {
		case n%5 == 1:
			return nil, errors.New("invalid JPEG format")
		case n%5 == 2:
			return image.NewYCbCr(image.Rect(0, 0, 1, 1), image.YCbCrSubsampleRatio420), nil
		case n%5 == 3:
			return &image.YCbCr{Rect: image.Rect(0, 0, 64, 48)}, nil
		}
		return still(n)
	}})
	r := openCamera(t, standInID, CameraFormat{})
	for range 50 {
		f := readFrame(t, r, time.Second)
		if f.Width != 64 {
			t.Errorf("frame is %d wide", f.Width)
		}
		f.Release()
	}
}

// TestCameraThinned: a camera of 60 only gives the 30 that were asked.
func TestCameraThinned(t *testing.T) {
	noLeaks(t)
	still := ycc(image.YCbCrSubsampleRatio420)
	tick := time.NewTicker(time.Second / 120)
	defer tick.Stop()
	given := 0
	plug(t, &standIn{rates: []float32{120}, next: func(n int) (image.Image, error) {
		<-tick.C
		given++
		return still(n)
	}})
	r := openCamera(t, standInID, CameraFormat{FrameRate: 30})
	for range 15 {
		readFrame(t, r, 5*time.Second).Release()
	}
	if given < 30 {
		t.Errorf("15 frames of %d: not thinned", given)
	}
}

func TestVideoNodes(t *testing.T) {
	folder := t.TempDir()
	if n := videoNodes(folder); n != nil {
		t.Errorf("an empty folder has %v", n)
	}
	for _, name := range []string{"video0", "video2", "null"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	two := videoNodes(folder)
	if len(two) != 2 {
		t.Errorf("two nodes are %v", two)
	}
	if err := os.Chmod(filepath.Join(folder, "video2"), 0o666); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(two, videoNodes(folder)) {
		t.Error("a change of access goes unseen")
	}
	if n := videoNodes(filepath.Join(folder, "none")); n != nil {
		t.Errorf("no folder has %v", n)
	}
}

func TestNodeOrder(t *testing.T) {
	labels := []string{"x;video10", "y;video2", "z;odd", "w;video0"}
	slices.SortFunc(labels, compareCameras)
	if want := []string{"w;video0", "y;video2", "x;video10", "z;odd"}; !slices.Equal(labels, want) {
		t.Errorf("sorted %v", labels)
	}
}
