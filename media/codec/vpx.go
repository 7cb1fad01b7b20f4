package codec

/*
#cgo pkg-config: vpx
#include <stdlib.h>
#include <string.h>
#include <vpx/vpx_encoder.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>

typedef struct {
	vpx_codec_ctx_t ctx;
	vpx_codec_enc_cfg_t cfg;
	vpx_image_t img;
} foyer_vp8_enc;

static foyer_vp8_enc *vp8_enc_open(int w, int h, int threads, int kbps, int screen, int speed, int *err) {
	foyer_vp8_enc *e = calloc(1, sizeof *e);
	if (!e) { *err = VPX_CODEC_MEM_ERROR; return NULL; }
	*err = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->cfg, 0);
	if (*err) { free(e); return NULL; }
	vpx_codec_enc_cfg_t *c = &e->cfg;
	c->g_w = w; c->g_h = h;
	c->g_threads = threads;
	c->g_timebase.num = 1; c->g_timebase.den = 90000;
	c->g_lag_in_frames = 0;
	c->g_pass = VPX_RC_ONE_PASS;
	c->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
	c->rc_end_usage = VPX_CBR;
	c->rc_target_bitrate = kbps;
	c->rc_min_quantizer = 2;
	c->rc_max_quantizer = screen ? 52 : 56;
	c->rc_undershoot_pct = 100;
	c->rc_overshoot_pct = 15;
	c->rc_buf_initial_sz = 500;
	c->rc_buf_optimal_sz = 600;
	c->rc_buf_sz = 1000;
	c->rc_dropframe_thresh = screen ? 0 : 30;
	c->kf_mode = VPX_KF_DISABLED;
	*err = vpx_codec_enc_init(&e->ctx, vpx_codec_vp8_cx(), c, 0);
	if (*err) { free(e); return NULL; }
	vpx_codec_control(&e->ctx, VP8E_SET_CPUUSED, speed);
	vpx_codec_control(&e->ctx, VP8E_SET_STATIC_THRESHOLD, screen ? 100 : 1);
	vpx_codec_control(&e->ctx, VP8E_SET_NOISE_SENSITIVITY, 0);
	vpx_codec_control(&e->ctx, VP8E_SET_TOKEN_PARTITIONS, 0);
	vpx_codec_control(&e->ctx, VP8E_SET_SCREEN_CONTENT_MODE, screen);
	// A key frame may take this much of the rate of an ordinary one, in percent.
	vpx_codec_control(&e->ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, screen ? 1500 : 450);
	vpx_img_wrap(&e->img, VPX_IMG_FMT_I420, w, h, 1, (unsigned char *)e);
	return e;
}

static int vp8_enc_rate(foyer_vp8_enc *e, int kbps) {
	e->cfg.rc_target_bitrate = kbps;
	return vpx_codec_enc_config_set(&e->ctx, &e->cfg);
}

// 1: data and len are set, 0: frame dropped, negative: error.
static int vp8_enc_frame(foyer_vp8_enc *e, unsigned char *y, unsigned char *u, unsigned char *v, int ys, int cs,
                         long long pts, unsigned long duration, int key, void **data, size_t *len, int *is_key) {
	e->img.planes[0] = y; e->img.planes[1] = u; e->img.planes[2] = v;
	e->img.stride[0] = ys; e->img.stride[1] = e->img.stride[2] = cs;
	int err = vpx_codec_encode(&e->ctx, &e->img, pts, duration, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME);
	// The planes are the caller's: nothing may keep them.
	e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
	if (err) return -err;
	vpx_codec_iter_t it = NULL;
	const vpx_codec_cx_pkt_t *p;
	while ((p = vpx_codec_get_cx_data(&e->ctx, &it))) {
		if (p->kind != VPX_CODEC_CX_FRAME_PKT) continue;
		*data = p->data.frame.buf; *len = p->data.frame.sz;
		*is_key = (p->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
		return 1;
	}
	return 0;
}

static void vp8_enc_close(foyer_vp8_enc *e) { vpx_codec_destroy(&e->ctx); free(e); }

typedef struct { vpx_codec_ctx_t ctx; } foyer_vp8_dec;

static foyer_vp8_dec *vp8_dec_open(int threads, int *err) {
	foyer_vp8_dec *d = calloc(1, sizeof *d);
	if (!d) { *err = VPX_CODEC_MEM_ERROR; return NULL; }
	vpx_codec_dec_cfg_t cfg = {.threads = threads};
	*err = vpx_codec_dec_init(&d->ctx, vpx_codec_vp8_dx(), &cfg, 0);
	if (*err) { free(d); return NULL; }
	return d;
}

static void vp8_dec_close(foyer_vp8_dec *d) { vpx_codec_destroy(&d->ctx); free(d); }

// 1: img is set, 0: nothing to show, negative: error.
static int vp8_dec_frame(foyer_vp8_dec *d, const uint8_t *data, unsigned len, vpx_image_t **img) {
	int err = vpx_codec_decode(&d->ctx, data, len, NULL, 0);
	if (err) return -err;
	vpx_codec_iter_t it = NULL;
	*img = vpx_codec_get_frame(&d->ctx, &it);
	return *img != NULL;
}


static const char *vpx_error(int code) { return vpx_codec_err_to_string(code); }
static const char *vpx_version(void) { return vpx_codec_version_str(); }
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"foyer/media/video"
)

var (
	errClosed = errors.New("codec is closed")
	errSize   = errors.New("picture size is out of range")
)

// maxSide bounds what a stream can make a decoder allocate, in pixels.
const maxSide = 8192

// vp8Speed is libvpx's cpu-used. Negative means a fixed speed; -6 costs half of
// what 0 and above cost, at the same quality to 0.1 dB.
const vp8Speed = -6

func vpxErr(doing string, code C.int) error {
	if code < 0 {
		code = -code
	}
	return fmt.Errorf("%s: libvpx: %s", doing, C.GoString(C.vpx_error(code)))
}

// vp8Encoder encodes by libvpx.
type vp8Encoder struct {
	c         *C.foyer_vp8_enc
	w, h      int
	started   time.Time
	lastPTS   int64
	kbps      int
	rate      atomic.Int64  // wanted, bits per second
	frameRate atomic.Uint64 // wanted, millihertz
	key       atomic.Bool

	// Filled by C; fields, so that a call allocates nothing.
	data  unsafe.Pointer
	len   C.size_t
	isKey C.int
}

func newVP8Encoder(cfg EncoderConfig) (*vp8Encoder, error) {
	if cfg.Width < 16 || cfg.Height < 16 || cfg.Width > maxSide || cfg.Height > maxSide || cfg.Width&1 != 0 || cfg.Height&1 != 0 {
		return nil, fmt.Errorf("open VP8 encoder at %dx%d: %w", cfg.Width, cfg.Height, errSize)
	}
	threads := cfg.Threads
	if threads == 0 {
		threads = 1
		if cfg.Width*cfg.Height >= 1280*720 && runtime.NumCPU() > 2 {
			threads = 2
		}
	}
	e := &vp8Encoder{w: cfg.Width, h: cfg.Height, kbps: kilobits(int64(cfg.BitRate)), lastPTS: -1}
	e.rate.Store(int64(cfg.BitRate))
	e.SetFrameRate(cfg.FrameRate)
	screen := C.int(0)
	if cfg.Content == Detail {
		screen = 1
	}
	var code C.int
	e.c = C.vp8_enc_open(C.int(cfg.Width), C.int(cfg.Height), C.int(threads), C.int(e.kbps), screen, vp8Speed, &code)
	if e.c == nil {
		return nil, vpxErr(fmt.Sprintf("open VP8 encoder at %dx%d", cfg.Width, cfg.Height), code)
	}
	return e, nil
}

func kilobits(rate int64) int { return int(max(rate/1000, 20)) }

func (e *vp8Encoder) SetBitRate(bitsPerSecond int) { e.rate.Store(int64(bitsPerSecond)) }

func (e *vp8Encoder) SetFrameRate(framesPerSecond float64) {
	if framesPerSecond <= 0 {
		framesPerSecond = 30
	}
	e.frameRate.Store(uint64(framesPerSecond * 1000))
}

func (e *vp8Encoder) ForceKeyFrame() { e.key.Store(true) }

func (e *vp8Encoder) Encode(f *video.Frame) (Packet, bool, error) {
	if e.c == nil {
		return Packet{}, false, fmt.Errorf("encode VP8: %w", errClosed)
	}
	if f.Width != e.w || f.Height != e.h {
		return Packet{}, false, fmt.Errorf("encode VP8: %dx%d given, %dx%d configured: %w", f.Width, f.Height, e.w, e.h, errSize)
	}
	if want := kilobits(e.rate.Load()); want != e.kbps {
		if code := C.vp8_enc_rate(e.c, C.int(want)); code != 0 {
			return Packet{}, false, vpxErr("set VP8 bit rate", code)
		}
		e.kbps = want
	}
	if e.started.IsZero() {
		e.started = f.Captured
	}
	// libvpx spends bits by the time stamps: they must be the capture's own.
	pts := int64(f.Captured.Sub(e.started) * 9 / 100_000) // ns to 90 kHz
	pts = max(pts, e.lastPTS+1)
	duration := 90_000_000 / max(e.frameRate.Load(), 1)
	e.lastPTS = pts
	key := C.int(0)
	if e.key.Swap(false) {
		key = 1
	}
	n := C.vp8_enc_frame(e.c, (*C.uchar)(unsafe.SliceData(f.Y)), (*C.uchar)(unsafe.SliceData(f.U)), (*C.uchar)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.longlong(pts), C.ulong(duration), key, &e.data, &e.len, &e.isKey)
	switch {
	case n < 0:
		return Packet{}, false, vpxErr("encode VP8", n)
	case n == 0:
		if key == 1 {
			e.key.Store(true) // dropped: the next one then
		}
		return Packet{}, false, nil
	}
	return Packet{Data: unsafe.Slice((*byte)(e.data), int(e.len)), Key: e.isKey != 0, Captured: f.Captured}, true, nil
}

func (e *vp8Encoder) Close() error {
	if e.c != nil {
		C.vp8_enc_close(e.c)
		e.c = nil
	}
	return nil
}

// vp8Decoder decodes by libvpx.
type vp8Decoder struct {
	c    *C.foyer_vp8_dec
	pool video.Pool
	// started is set by the first good key frame: nothing before it can be shown.
	started bool
	img     *C.vpx_image_t
}

func newVP8Decoder() (*vp8Decoder, error) {
	var code C.int
	c := C.vp8_dec_open(1, &code)
	if c == nil {
		return nil, vpxErr("open VP8 decoder", code)
	}
	return &vp8Decoder{c: c}, nil
}

var errKeyFrameNeeded = errors.New("a key frame is needed")

func (d *vp8Decoder) Decode(data []byte) (*video.Frame, error) {
	if d.c == nil {
		return nil, fmt.Errorf("decode VP8: %w", errClosed)
	}
	if len(data) < 3 {
		return nil, fmt.Errorf("decode VP8: %d bytes: %w", len(data), errKeyFrameNeeded)
	}
	if data[0]&1 == 0 { // a key frame's header (RFC 6386, 9.1)
		if len(data) < 10 || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a {
			return nil, fmt.Errorf("decode VP8: bad key frame header: %w", errKeyFrameNeeded)
		}
		w, h := (int(data[6])|int(data[7])<<8)&0x3fff, (int(data[8])|int(data[9])<<8)&0x3fff
		if w < 2 || h < 2 || w > maxSide || h > maxSide {
			return nil, fmt.Errorf("decode VP8: %dx%d: %w", w, h, errSize)
		}
		d.started = true
	} else if !d.started {
		return nil, fmt.Errorf("decode VP8: %w", errKeyFrameNeeded)
	}
	n := C.vp8_dec_frame(d.c, (*C.uint8_t)(unsafe.SliceData(data)), C.uint(len(data)), &d.img)
	if n < 0 {
		d.started = false
		return nil, vpxErr("decode VP8", n)
	}
	if n == 0 {
		return nil, nil
	}
	img := d.img
	w, h := int(img.d_w)&^1, int(img.d_h)&^1
	if w < 2 || h < 2 || w > maxSide || h > maxSide || img.fmt != C.VPX_IMG_FMT_I420 {
		return nil, fmt.Errorf("decode VP8: %dx%d: %w", int(img.d_w), int(img.d_h), errSize)
	}
	f := d.pool.Get(w, h)
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

func (d *vp8Decoder) Close() error {
	if d.c != nil {
		C.vp8_dec_close(d.c)
		d.c = nil
	}
	return nil
}

func vpxVersion() string { return C.GoString(C.vpx_version()) }
