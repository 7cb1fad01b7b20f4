package device

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/camera"

	"foyer/media/video"
)

// CameraFormat is what is asked of a camera; the nearest that it has is taken.
// Zero fields mean 1280x720 at 30 frames per second.
type CameraFormat struct {
	Width, Height int
	FrameRate     float64
}

// OpenCamera opens a camera by ID (or Test, or a file). Errors: ErrNoDevice,
// ErrBusy, ErrDenied. A Read that fails with ErrGone means it was unplugged.
func OpenCamera(id string, want CameraFormat) (video.Reader, error) {
	want = want.orDefault()
	var r video.Reader
	var err error
	switch {
	case id == None:
		err = ErrNoDevice
	case id == Test:
		r, err = openSource(driver.Camera, Test, cardSource{want}, want, nil)
	case isFile(id):
		r, err = openSource(driver.Camera, id, &fileSource{path: id}, want, nil)
	default:
		r, err = openHardware(id, want)
	}
	if err != nil {
		return nil, fmt.Errorf("open camera %q: %w", id, err)
	}
	return r, nil
}

func openHardware(id string, want CameraFormat) (video.Reader, error) {
	drivers.Lock()
	d, err := findCamera(id)
	if err == nil && drivers.inUse[d.Info().Label] {
		err = ErrBusy
	}
	if err != nil {
		drivers.Unlock()
		return nil, err
	}
	label := d.Info().Label
	if drivers.inUse == nil {
		drivers.inUse = make(map[string]bool)
	}
	drivers.inUse[label] = true
	drivers.Unlock()

	end := func() {
		drivers.Lock()
		delete(drivers.inUse, label)
		drivers.Unlock()
	}
	r, err := recordCamera(d, want, end)
	if err != nil {
		end()
		return nil, err
	}
	return r, nil
}

// findCamera wants drivers locked.
func findCamera(id string) (driver.Driver, error) {
	for _, d := range cameraDrivers() {
		if id == Default || cameraID(d.Info()) == id {
			return d, nil
		}
	}
	return nil, ErrNoDevice
}

// cameras lists the cameras, the default one first.
func cameras() []Info {
	drivers.Lock()
	found := cameraDrivers()
	drivers.Unlock()
	var list []Info
	names := make(map[string]int)
	for _, d := range found {
		i := Info{Kind: Camera, ID: cameraID(d.Info()), Name: cameraName(d.Info()), Default: len(list) == 0}
		if names[i.Name]++; names[i.Name] > 1 {
			i.Name = fmt.Sprintf("%s (%d)", i.Name, names[i.Name])
		}
		list = append(list, i)
	}
	return list
}

// cameraDrivers is the hardware that mediadevices found, default first. It
// wants drivers locked.
func cameraDrivers() []driver.Driver {
	m := driver.GetManager()
	if camerasChanged() {
		// Initialize forgets every video driver, those of ours too. They are
		// registered only while they are opened, under the same lock.
		camera.Initialize()
	}
	found := m.Query(driver.FilterAnd(driver.FilterVideoRecorder(), driver.FilterDeviceType(driver.Camera), isCamera))
	slices.SortFunc(found, func(a, b driver.Driver) int {
		x, y := a.Info(), b.Info()
		return cmp.Or(cmp.Compare(y.Priority, x.Priority), compareCameras(x.Label, y.Label))
	})
	return found
}

// mediadevices joins the parts of labels and names by camera.LabelSeparator: the
// stable link's name and the node on Linux, the product's name and the bus.

func cameraID(i driver.Info) string {
	id, _, _ := strings.Cut(i.Label, camera.LabelSeparator)
	return id
}

func cameraName(i driver.Info) string {
	name, _, _ := strings.Cut(i.Name, camera.LabelSeparator)
	name, _, _ = strings.Cut(name, "\x00")
	return cmp.Or(strings.TrimSpace(name), cameraID(i))
}
