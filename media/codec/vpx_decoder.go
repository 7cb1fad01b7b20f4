package codec

/*
#cgo pkg-config: vpx
#include <stdlib.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vp8dx.h>

typedef struct {
	vpx_codec_ctx_t ctx;
	vpx_image_t *img; // the last picture, NULL where there is none
} foyer_vpx_dec;

static foyer_vpx_dec *vpx_dec_open(int vp9, int threads, int *err) {
	foyer_vpx_dec *d = calloc(1, sizeof *d);
	if (!d) { *err = VPX_CODEC_MEM_ERROR; return NULL; }
	vpx_codec_dec_cfg_t cfg = {.threads = threads};
	*err = vpx_codec_dec_init(&d->ctx, vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx(), &cfg, 0);
	if (*err) { free(d); return NULL; }
	return d;
}

static int vpx_dec_frame(foyer_vpx_dec *d, const uint8_t *data, unsigned len) {
	d->img = NULL;
	int err = vpx_codec_decode(&d->ctx, data, len, NULL, 0);
	if (err) return err;
	vpx_codec_iter_t it = NULL;
	d->img = vpx_codec_get_frame(&d->ctx, &it);
	return 0;
}

static void vpx_dec_close(foyer_vpx_dec *d) { vpx_codec_destroy(&d->ctx); free(d); }
*/
import "C"

import (
	"fmt"
	"unsafe"

	"foyer/media/video"
)

// vpxDecoder decodes VP8 or VP9 by libvpx.
type vpxDecoder struct {
	c      *C.foyer_vpx_dec
	vp9    bool
	framed []byte // VP9: the frame with an index
}

func openVPXDecoder(n Name) (decodeEngine, error) {
	var code C.int
	c := C.vpx_dec_open(flag(n == VP9), 1, &code)
	if c == nil {
		return nil, vpxErr(code)
	}
	return &vpxDecoder{c: c, vp9: n == VP9}, nil
}

func (d *vpxDecoder) decode(data []byte, pool *video.Pool) (*video.Frame, error) {
	if d.vp9 {
		if sizes, _ := vp9Index(data); sizes == nil {
			d.framed = asSuperframe(d.framed[:0], data)
			data = d.framed
		}
	}
	if code := C.vpx_dec_frame(d.c, (*C.uint8_t)(unsafe.SliceData(data)), C.uint(len(data))); code != 0 {
		return nil, vpxErr(code)
	}
	img := d.c.img
	if img == nil {
		return nil, nil
	}
	w, h := int(img.d_w)&^1, int(img.d_h)&^1
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	if img.fmt != C.VPX_IMG_FMT_I420 {
		return nil, fmt.Errorf("picture format %d: %w", int(img.fmt), ErrUnsupported)
	}
	f := pool.Get(w, h)
	copyPlane(f.Y, f.YStride, unsafe.Pointer(img.planes[0]), int(img.stride[0]), w, h)
	copyPlane(f.U, f.CStride, unsafe.Pointer(img.planes[1]), int(img.stride[1]), w/2, h/2)
	copyPlane(f.V, f.CStride, unsafe.Pointer(img.planes[2]), int(img.stride[2]), w/2, h/2)
	return f, nil
}

// copyPlane copies w x h bytes out of C memory whose rows lie stride apart.
func copyPlane(dst []byte, dstStride int, src unsafe.Pointer, stride, w, h int) {
	for y := range h {
		row := unsafe.Slice((*byte)(unsafe.Add(src, y*stride)), w)
		copy(dst[y*dstStride:y*dstStride+w], row)
	}
}

// limit does nothing: each VP8 and VP9 frame that changes the size announces it, and
// has been looked at.
func (d *vpxDecoder) limit(int) {}

func (d *vpxDecoder) close() { C.vpx_dec_close(d.c) }
