package codec

/*
#cgo pkg-config: aom
#include <stdlib.h>
#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include "aom_tune.h"

typedef struct {
	aom_codec_ctx_t ctx;
	aom_codec_enc_cfg_t cfg;
	aom_image_t img;
	// What the last frame became; no data where it was dropped.
	void *data;
	size_t len;
	int key;
	int q; // 0 to 63
} foyer_aom;

static void aom_close(foyer_aom *e) { aom_codec_destroy(&e->ctx); free(e); }

static foyer_aom *aom_open(int w, int h, int threads, int kbps, int screen, int max_q, int speed, int *err) {
	foyer_aom *e = calloc(1, sizeof *e);
	if (!e) { *err = AOM_CODEC_MEM_ERROR; return NULL; }
	*err = aom_codec_enc_config_default(aom_codec_av1_cx(), &e->cfg, AOM_USAGE_REALTIME);
	if (*err) { free(e); return NULL; }
	aom_codec_enc_cfg_t *c = &e->cfg;
	c->g_w = w; c->g_h = h;
	c->g_threads = threads;
	c->g_timebase.num = 1; c->g_timebase.den = 90000;
	c->g_lag_in_frames = 0;
	c->g_pass = AOM_RC_ONE_PASS;
	c->g_error_resilient = 0;
	c->rc_end_usage = AOM_CBR;
	c->rc_target_bitrate = kbps;
	c->rc_min_quantizer = screen ? 4 : 10;
	c->rc_max_quantizer = screen ? max_q : 56;
	c->rc_undershoot_pct = 50;
	c->rc_overshoot_pct = 50;
	// A short buffer makes it follow a new rate within a second, at the same quality; a
	// page of text needs a long one.
	c->rc_buf_initial_sz = screen ? 600 : 200;
	c->rc_buf_optimal_sz = screen ? 600 : 200;
	c->rc_buf_sz = screen ? 1000 : 300;
	c->rc_dropframe_thresh = screen ? 0 : 30;
	c->kf_mode = AOM_KF_DISABLED;
	*err = aom_codec_enc_init(&e->ctx, aom_codec_av1_cx(), c, 0);
	if (*err) { free(e); return NULL; }
	foyer_aom_tune(&e->ctx, speed, threads, screen);
	if (!aom_img_wrap(&e->img, AOM_IMG_FMT_I420, w, h, 1, (unsigned char *)e)) {
		*err = AOM_CODEC_INVALID_PARAM;
		aom_close(e);
		return NULL;
	}
	return e;
}

static int aom_rate(foyer_aom *e, int kbps) {
	if (e->cfg.rc_target_bitrate == (unsigned)kbps) return 0;
	e->cfg.rc_target_bitrate = kbps;
	return aom_codec_enc_config_set(&e->ctx, &e->cfg);
}

static int aom_max_q(foyer_aom *e, int max_q) {
	e->cfg.rc_max_quantizer = max_q;
	return aom_codec_enc_config_set(&e->ctx, &e->cfg);
}

static int aom_frame(foyer_aom *e, unsigned char *y, unsigned char *u, unsigned char *v, int ys, int cs,
                     long long pts, unsigned long duration, int key) {
	e->img.planes[0] = y; e->img.planes[1] = u; e->img.planes[2] = v;
	e->img.stride[0] = ys; e->img.stride[1] = e->img.stride[2] = cs;
	e->len = 0;
	int err = aom_codec_encode(&e->ctx, &e->img, pts, duration, key ? AOM_EFLAG_FORCE_KF : 0);
	// The planes are the caller's: nothing may keep them.
	e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
	if (err) return err;
	aom_codec_iter_t it = NULL;
	const aom_codec_cx_pkt_t *p;
	while ((p = aom_codec_get_cx_data(&e->ctx, &it))) {
		if (p->kind != AOM_CODEC_CX_FRAME_PKT) continue;
		e->data = p->data.frame.buf; e->len = p->data.frame.sz;
		e->key = (p->data.frame.flags & AOM_FRAME_IS_KEY) != 0;
		aom_codec_control(&e->ctx, AOME_GET_LAST_QUANTIZER_64, &e->q);
		break;
	}
	return 0;
}

static const char *aom_error(int code) { return aom_codec_err_to_string(code); }
static const char *aom_version(void) { return aom_codec_version_str(); }
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"foyer/media/video"
)

// aomSpeed is libaom's cpu-used. Faster ones (10, and 9 for small pictures) leave
// a block that changed as it was now and then: seen with libaom 3.6 on the card.
func aomSpeed(w, h int) C.int {
	if w*h <= 640*360 {
		return 8
	}
	return 9
}

// aomEncoder encodes AV1 by libaom.
type aomEncoder struct {
	c      *C.foyer_aom
	config EncoderConfig
}

func openAOM(c EncoderConfig) (encodeEngine, error) {
	var code C.int
	e := C.aom_open(C.int(c.Width), C.int(c.Height), C.int(c.Threads), C.int(c.BitRate/1000), flag(c.Content == Detail),
		C.int(maxQuantizer(c, true)), aomSpeed(c.Width, c.Height), &code)
	if e == nil {
		return nil, aomErr(code)
	}
	return &aomEncoder{e, c}, nil
}

func aomErr(code C.int) error { return fmt.Errorf("libaom: %s", C.GoString(C.aom_error(code))) }

func aomVersion() string { return strings.TrimPrefix(C.GoString(C.aom_version()), "v") }

func (e *aomEncoder) setRate(bitsPerSecond int, _ float64) error {
	e.config.BitRate = bitsPerSecond
	if code := C.aom_rate(e.c, C.int(bitsPerSecond/1000)); code != 0 {
		return fmt.Errorf("set bit rate: %w", aomErr(code))
	}
	return nil
}

func (e *aomEncoder) quantizer() int { return int(e.c.q) }

func (e *aomEncoder) setSharp(on bool) error {
	if code := C.aom_max_q(e.c, C.int(maxQuantizer(e.config, on))); code != 0 {
		return fmt.Errorf("set quantizer: %w", aomErr(code))
	}
	return nil
}

func (e *aomEncoder) encode(f *video.Frame, pts, duration int64, key bool) ([]byte, bool, error) {
	code := C.aom_frame(e.c, (*C.uchar)(unsafe.SliceData(f.Y)), (*C.uchar)(unsafe.SliceData(f.U)), (*C.uchar)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.longlong(pts), C.ulong(duration), flag(key))
	if code != 0 {
		return nil, false, aomErr(code)
	}
	return withoutDelimiter(unsafe.Slice((*byte)(e.c.data), int(e.c.len))), e.c.key != 0, nil
}

func (e *aomEncoder) close() { C.aom_close(e.c) }
