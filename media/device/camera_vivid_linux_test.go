package device

import (
	"errors"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestCameraVivid runs on a V4L2 camera without hardware: the kernel's vivid
// module (modprobe vivid node_types=0x1), here or in a virtual machine. As root
// it pulls the camera out, too.
func TestCameraVivid(t *testing.T) {
	list := Devices().Cameras
	i := slices.IndexFunc(list, func(i Info) bool { return i.Name == "vivid" })
	if i < 0 {
		t.Skip("no vivid camera on this machine (modprobe vivid node_types=0x1)")
	}
	noLeaks(t)
	id := list[i].ID
	bars := []color.RGBA{{190, 190, 190, 255}, {190, 190, 0, 255}, {0, 190, 190, 255}, {0, 190, 0, 255},
		{190, 0, 190, 255}, {190, 0, 0, 255}, {0, 0, 190, 255}, {0, 0, 0, 255}}
	for _, want := range []CameraFormat{{640, 360, 30}, {320, 180, 15}, {1280, 720, 30}} {
		r := openCamera(t, id, want)
		if _, err := OpenCamera(id, want); !errors.Is(err, ErrBusy) {
			t.Errorf("open twice: %v", err)
		}
		var start, end time.Time
		const frames = 15
		for n := range frames {
			f := readFrame(t, r, 10*time.Second)
			if f.Width != want.Width || f.Height != want.Height {
				t.Fatalf("frame is %dx%d, asked %dx%d", f.Width, f.Height, want.Width, want.Height)
			}
			if n == 0 {
				start = f.Captured
				for bar, c := range bars {
					if got := colourAt(f, f.Width*(2*bar+1)/16, f.Height-10); !near(got, c) {
						t.Errorf("bar %d is %v, want %v", bar, got, c)
					}
				}
			}
			end = f.Captured
			f.Release()
		}
		if rate := (frames - 1) / end.Sub(start).Seconds(); rate > want.FrameRate*1.3 {
			t.Errorf("%.1f frames per second, asked %v", rate, want.FrameRate)
		}
		closeEndsRead(t, r)
	}

	const driver = "/sys/bus/platform/drivers/vivid"
	found, err := filepath.Glob(driver + "/vivid.*")
	if err != nil || len(found) == 0 || os.Geteuid() != 0 {
		t.Logf("the camera stays in: %v, %v, user %d", found, err, os.Geteuid())
		return
	}
	lists := Watch(t.Context())
	<-lists
	r := openCamera(t, id, CameraFormat{Width: 640, Height: 360, FrameRate: 30})
	readFrame(t, r, 10*time.Second).Release()
	for _, f := range found {
		if err := os.WriteFile(driver+"/unbind", []byte(filepath.Base(f)), 0o200); err != nil {
			t.Fatal(err)
		}
	}
	for {
		f, err := r.Read()
		if err == nil {
			f.Release()
			continue
		}
		if !errors.Is(err, ErrGone) {
			t.Errorf("Read of a camera that was pulled out: %v", err)
		}
		break
	}
	r.Close()
	for limit := time.After(10 * time.Second); ; {
		select {
		case l := <-lists:
			if !slices.ContainsFunc(l.Cameras, func(i Info) bool { return i.ID == id }) {
				return
			}
		case <-limit:
			t.Fatal("the camera stays listed")
		}
	}
}
