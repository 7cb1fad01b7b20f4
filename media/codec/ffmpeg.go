package codec

/*
#cgo pkg-config: libavcodec libavformat libavutil
#include "ffmpeg.h"

static void av_quiet(void) { av_log_set_level(AV_LOG_QUIET); }
static const char *av_ver(void) { return av_version_info(); }
*/
import "C"

import (
	"bytes"
	"fmt"
	"image"
	"strings"
	"unsafe"

	"foyer/media/video"
)

func init() { C.av_quiet() }

func avErr(code C.int) error {
	var b [128]C.char
	C.av_strerror(code, &b[0], C.size_t(len(b)))
	return fmt.Errorf("FFmpeg: %s", C.GoString(&b[0]))
}

func ffmpegVersion() string {
	v, _, _ := strings.Cut(C.GoString(C.av_ver()), "-") // the distribution's suffix
	return v
}

// take copies the picture in d's frame into a frame of the pool.
func take(d *C.foyer_av, pool *video.Pool) (*video.Frame, error) {
	fr := d.frame
	w, h := int(fr.width)&^1, int(fr.height)&^1
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	layout := C.foyer_av_layout(d)
	if layout == 12 {
		if int(fr.linesize[0]) < w || int(fr.linesize[1]) < w {
			return nil, fmt.Errorf("picture lines of %d bytes: %w", int(fr.linesize[0]), ErrUnsupported)
		}
		f := pool.Get(w, h)
		copyPlane(f.Y, f.YStride, unsafe.Pointer(fr.data[0]), int(fr.linesize[0]), w, h)
		C.foyer_av_part((*C.uint8_t)(fr.data[1]), fr.linesize[1], (*C.uint8_t)(unsafe.SliceData(f.U)), (*C.uint8_t)(unsafe.SliceData(f.V)),
			C.int(f.CStride), C.int(w/2), C.int(h/2))
		return f, nil
	}
	img := image.YCbCr{Rect: image.Rect(0, 0, w, h)}
	rows := (int(fr.height) + 1) / 2
	switch layout {
	case 420:
		img.SubsampleRatio = image.YCbCrSubsampleRatio420
	case 422:
		img.SubsampleRatio = image.YCbCrSubsampleRatio422
		rows = int(fr.height)
	default:
		return takeAny(d, pool, w, h)
	}
	img.YStride, img.CStride = int(fr.linesize[0]), int(fr.linesize[1])
	if img.YStride < w || img.CStride < w/2 || fr.linesize[2] != fr.linesize[1] {
		return nil, fmt.Errorf("picture lines of %d bytes: %w", img.YStride, ErrUnsupported)
	}
	img.Y = unsafe.Slice((*byte)(fr.data[0]), img.YStride*int(fr.height))
	img.Cb = unsafe.Slice((*byte)(fr.data[1]), img.CStride*rows)
	img.Cr = unsafe.Slice((*byte)(fr.data[2]), img.CStride*rows)
	f := pool.Get(w, h)
	if err := f.FromYCbCr(&img); err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}

// takeAny is take for layouts that are rare: it reads component by component.
func takeAny(d *C.foyer_av, pool *video.Pool, w, h int) (*video.Frame, error) {
	form := C.foyer_av_form_of(d)
	if form.components == 0 {
		return nil, fmt.Errorf("picture format %d: %w", int(d.frame.format), ErrUnsupported)
	}
	line := make([]uint16, w)
	read := func(component int, to []byte, stride, step, w, h int) {
		C.foyer_av_component(d, C.int(component), (*C.uint8_t)(unsafe.SliceData(to)), C.int(stride), C.int(step), C.int(w), C.int(h),
			(*C.uint16_t)(unsafe.SliceData(line)))
	}
	plane := func(component, w, h int) video.Plane {
		p := video.Plane{Pix: make([]byte, w*h), Stride: w, Width: w, Height: h}
		read(component, p.Pix, w, 1, w, h)
		return p
	}
	f := pool.Get(w, h)
	var err error
	switch {
	case form.rgb != 0 && form.components >= 3:
		rgba := make([]byte, 4*w*h)
		for c := range 3 {
			read(c, rgba[c:], 4*w, 4, w, h)
		}
		err = f.FromRGBA(rgba, 4*w)
	case form.components >= 3:
		cw, ch := (w+1<<form.across-1)>>form.across, (h+1<<form.down-1)>>form.down
		err = f.FromPlanes(plane(0, w, h), plane(1, cw, ch), plane(2, cw, ch))
	default: // gray
		grey := video.Plane{Pix: bytes.Repeat([]byte{128}, w*h/4), Stride: w / 2, Width: w / 2, Height: h / 2}
		err = f.FromPlanes(plane(0, w, h), grey, grey)
	}
	if err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}

// avDecoder decodes packets by libavcodec, in software or hardware.
type avDecoder struct {
	c     *C.foyer_av
	parts bool // it takes the sizes of a picture (SVC) one by one
}

// dav1d is FFmpeg's name for it.
const dav1d = "libdav1d"

// openAVDecoder opens FFmpeg's best software decoder.
func openAVDecoder(n Name, pixels int) (decodeEngine, string, error) {
	names := []string{"h264"}
	if n == AV1 { // FFmpeg's own needs hardware
		names = []string{dav1d, "libaom-av1"}
	}
	for _, name := range names {
		if !avHasDecoder(name) {
			continue
		}
		d, err := openAVDecoderNamed(name, "", pixels)
		return d, "FFmpeg " + ffmpegVersion() + " " + name, err
	}
	return nil, "", fmt.Errorf("FFmpeg %s has none of %v: %w", ffmpegVersion(), names, ErrUnsupported)
}

// openAVDecoderNamed opens one of FFmpeg's decoders, on a device where one is
// named (FFmpeg's word for its kind), for pictures of at most so many pixels.
func openAVDecoderNamed(name, device string, pixels int) (decodeEngine, error) {
	cName, cDevice := C.CString(name), C.CString(device)
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cDevice))
	var code C.int
	c := C.foyer_av_open_decoder(cName, cDevice, avPixels(pixels), &code)
	if c == nil {
		return nil, avErr(code)
	}
	return &avDecoder{c, name == dav1d}, nil
}

func avHasDecoder(name string) bool {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return C.foyer_av_has_decoder(c) != 0
}

func avHasEncoder(name string) bool {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return C.foyer_av_has_encoder(c) != 0
}

// decode gives the largest size of a picture that came.
func (d *avDecoder) decode(data []byte, pool *video.Pool) (f *video.Frame, err error) {
	for d.parts {
		n := firstSize(data)
		if n == len(data) {
			break
		}
		smaller, err := d.decodeOne(data[:n], pool)
		if err != nil {
			return nil, err
		}
		if smaller != nil {
			smaller.Release()
		}
		data = data[n:]
	}
	return d.decodeOne(data, pool)
}

func (d *avDecoder) decodeOne(data []byte, pool *video.Pool) (*video.Frame, error) {
	if n := C.foyer_av_send(d.c, (*C.uint8_t)(unsafe.SliceData(data)), C.int(len(data))); n < 0 {
		return nil, d.reset(n)
	}
	// A decoder that was late gives several pictures; the newest is shown.
	var newest *video.Frame
	for {
		n := C.foyer_av_receive(d.c)
		if n == 0 {
			return newest, nil
		}
		if newest != nil {
			newest.Release()
		}
		if n < 0 {
			return nil, d.reset(n)
		}
		f, err := take(d.c, pool)
		if err != nil {
			return nil, err
		}
		newest = f
	}
}

// reset forgets what was decoded, after an error.
func (d *avDecoder) reset(code C.int) error {
	C.avcodec_flush_buffers(d.c.ctx)
	return avErr(code)
}

// avPixels is FFmpeg's bound for pictures of so many pixels: it counts the whole
// lines of memory, whose length it rounds up.
func avPixels(pixels int) C.int64_t { return C.int64_t(pixels) + 128*maxSide }

// limit holds for dav1d only when it is opened.
func (d *avDecoder) limit(pixels int) { d.c.ctx.max_pixels = avPixels(pixels) }

func (d *avDecoder) close() { C.foyer_av_close(d.c) }
