package device

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	mvideo "github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"foyer/media/video"
)

// Every source of pictures is a driver in mediadevices' manager, ours as well
// as its own cameras: it is found by query, and its format by its properties.

// drivers guards what mediadevices' manager does not.
var drivers struct {
	sync.Mutex
	serial int             // makes labels of our drivers unique
	inUse  map[string]bool // labels of cameras that are open in this process
}

// source is what a driver of ours reads from.
type source interface {
	// formats connects and lists what the source can give.
	formats() ([]prop.Media, error)
	// record starts it; the reader's Close takes the place of close.
	record(p prop.Media) (video.Reader, error)
	close()
}

// adapter makes a source a mediadevices driver: driver.Adapter and driver.VideoRecorder.
type adapter struct {
	source source
	props  []prop.Media
	reader video.Reader
}

func (a *adapter) Open() (err error) {
	a.props, err = a.source.formats()
	return err
}

func (a *adapter) Properties() []prop.Media { return append([]prop.Media(nil), a.props...) }

func (a *adapter) VideoRecord(p prop.Media) (mvideo.Reader, error) {
	r, err := a.source.record(p)
	if err != nil {
		return nil, err
	}
	a.reader = r
	return bridge{r}, nil
}

func (a *adapter) Close() error {
	if a.reader != nil {
		return a.reader.Close()
	}
	a.source.close()
	return nil
}

// bridge is a mediadevices reader over ours. Our own program takes the frames
// out of it without the detour.
type bridge struct{ frames video.Reader }

func (b bridge) Read() (image.Image, func(), error) {
	f, err := b.frames.Read()
	if err != nil {
		return nil, nil, err
	}
	return &image.YCbCr{
		Y: f.Y, Cb: f.U, Cr: f.V, YStride: f.YStride, CStride: f.CStride,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, f.Width, f.Height),
	}, f.Release, nil
}

// openSource registers a source as a driver, and opens it as any other driver.
// It stays registered until the reader is closed; then end runs, if not nil.
func openSource(t driver.DeviceType, name string, s source, want CameraFormat, end func()) (video.Reader, error) {
	m := driver.GetManager()
	drivers.Lock()
	drivers.serial++
	label := name + ";" + strconv.Itoa(drivers.serial)
	err := m.Register(&adapter{source: s}, driver.Info{Label: label, Name: name, DeviceType: t})
	found := m.Query(driver.FilterAnd(driver.FilterVideoRecorder(), driver.FilterDeviceType(t),
		func(d driver.Driver) bool { return d.Info().Label == label }))
	drivers.Unlock()
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("register driver %s: %w", label, errors.Join(err, ErrNoDevice))
	}
	d := found[0]
	r, err := record(d, want, func() {
		m.Delete(d.ID())
		if end != nil {
			end()
		}
	})
	if err != nil {
		m.Delete(d.ID())
		return nil, err
	}
	return r, nil
}

// record opens a driver and starts it in the nearest format. end runs once,
// after the reader is closed.
func record(d driver.Driver, want CameraFormat, end func()) (video.Reader, error) {
	if err := d.Open(); err != nil {
		return nil, sentinel(err)
	}
	p, ok := nearest(d.Properties(), want)
	if !ok {
		d.Close()
		return nil, fmt.Errorf("no usable picture format: %w", ErrUnsupported)
	}
	r, err := d.(driver.VideoRecorder).VideoRecord(p) // closes the driver when it fails
	if err != nil {
		return nil, sentinel(err)
	}
	rec := &recording{driver: d, end: end}
	if b, ok := r.(bridge); ok {
		rec.frames = b.frames
	} else {
		rec.images = r
		if want.FrameRate > 0 && float64(p.FrameRate) > want.FrameRate*1.2 {
			rec.thin.gap = time.Duration(float64(time.Second) / want.FrameRate)
		}
	}
	return rec, nil
}

// sentinel adds the error of ours that says the same as one of the system's.
func sentinel(err error) error {
	for _, known := range []error{ErrNoDevice, ErrBusy, ErrDenied, ErrGone, ErrUnsupported} {
		if errors.Is(err, known) {
			return err
		}
	}
	// Some of the V4L2 layer's errors carry the system's only as text.
	is := func(numbers ...syscall.Errno) bool {
		for _, n := range numbers {
			if errors.Is(err, n) || strings.Contains(err.Error(), n.Error()) {
				return true
			}
		}
		return false
	}
	switch {
	case is(syscall.EBUSY, syscall.ENOSPC) || // ENOSPC: of the USB bus
		strings.Contains(err.Error(), "already"):
		return fmt.Errorf("%w: %v", ErrBusy, err)
	case errors.Is(err, fs.ErrPermission) || is(syscall.EACCES, syscall.EPERM):
		return fmt.Errorf("%w: %v", ErrDenied, err)
	case errors.Is(err, fs.ErrNotExist) || is(syscall.ENOENT, syscall.ENODEV, syscall.ENXIO):
		return fmt.Errorf("%w: %v", ErrNoDevice, err)
	}
	return err
}

// isFile says whether a device ID names an existing file.
func isFile(id string) bool {
	s, err := os.Stat(id)
	return err == nil && s.Mode().IsRegular()
}
