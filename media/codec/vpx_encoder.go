package codec

/*
#cgo pkg-config: vpx
#include <stdlib.h>
#include <vpx/vpx_encoder.h>
#include <vpx/vp8cx.h>

typedef struct {
	vpx_codec_ctx_t ctx;
	vpx_codec_enc_cfg_t cfg;
	vpx_image_t img;
	// What the last frame became; no data where it was dropped.
	void *data;
	size_t len;
	int key;
	int q; // 0 to 63
} foyer_vpx_enc;

static foyer_vpx_enc *vpx_enc_open(int vp9, int w, int h, int threads, int kbps, int screen, int max_q, int speed, int *err) {
	foyer_vpx_enc *e = calloc(1, sizeof *e);
	if (!e) { *err = VPX_CODEC_MEM_ERROR; return NULL; }
	vpx_codec_iface_t *codec = vp9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
	*err = vpx_codec_enc_config_default(codec, &e->cfg, 0);
	if (*err) { free(e); return NULL; }
	vpx_codec_enc_cfg_t *c = &e->cfg;
	c->g_w = w; c->g_h = h;
	c->g_threads = threads;
	c->g_timebase.num = 1; c->g_timebase.den = 90000;
	c->g_lag_in_frames = 0;
	c->g_pass = VPX_RC_ONE_PASS;
	c->g_error_resilient = vp9 ? 0 : VPX_ERROR_RESILIENT_DEFAULT;
	c->rc_end_usage = VPX_CBR;
	c->rc_target_bitrate = kbps;
	c->rc_min_quantizer = 2;
	c->rc_max_quantizer = screen ? max_q : vp9 ? 52 : 56;
	c->rc_undershoot_pct = vp9 ? 50 : 100;
	c->rc_overshoot_pct = vp9 ? 50 : 15;
	c->rc_buf_initial_sz = 500;
	c->rc_buf_optimal_sz = 600;
	c->rc_buf_sz = 1000;
	c->rc_dropframe_thresh = screen ? 0 : 30;
	c->kf_mode = VPX_KF_DISABLED;
	*err = vpx_codec_enc_init(&e->ctx, codec, c, 0);
	if (*err) { free(e); return NULL; }
	vpx_codec_control(&e->ctx, VP8E_SET_CPUUSED, speed);
	vpx_codec_control(&e->ctx, VP8E_SET_STATIC_THRESHOLD, screen && !vp9 ? 100 : 1);
	// A key frame may take this much of the rate of an ordinary one, in percent.
	vpx_codec_control(&e->ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, screen ? 1500 : 450);
	if (vp9) {
		int tiles = 0;
		while (1 << (tiles + 1) <= threads) tiles++;
		vpx_codec_control(&e->ctx, VP9E_SET_TILE_COLUMNS, tiles);
		vpx_codec_control(&e->ctx, VP9E_SET_ROW_MT, threads > 1);
		vpx_codec_control(&e->ctx, VP9E_SET_AQ_MODE, 3);
		vpx_codec_control(&e->ctx, VP9E_SET_NOISE_SENSITIVITY, 0);
		vpx_codec_control(&e->ctx, VP9E_SET_TUNE_CONTENT, screen ? VP9E_CONTENT_SCREEN : VP9E_CONTENT_DEFAULT);
	} else {
		vpx_codec_control(&e->ctx, VP8E_SET_NOISE_SENSITIVITY, 0);
		vpx_codec_control(&e->ctx, VP8E_SET_TOKEN_PARTITIONS, 0);
		vpx_codec_control(&e->ctx, VP8E_SET_SCREEN_CONTENT_MODE, screen);
	}
	vpx_img_wrap(&e->img, VPX_IMG_FMT_I420, w, h, 1, (unsigned char *)e);
	return e;
}

static int vpx_enc_rate(foyer_vpx_enc *e, int kbps) {
	if (e->cfg.rc_target_bitrate == (unsigned)kbps) return 0;
	e->cfg.rc_target_bitrate = kbps;
	return vpx_codec_enc_config_set(&e->ctx, &e->cfg);
}

static int vpx_enc_max_q(foyer_vpx_enc *e, int max_q) {
	e->cfg.rc_max_quantizer = max_q;
	return vpx_codec_enc_config_set(&e->ctx, &e->cfg);
}

static int vpx_enc_frame(foyer_vpx_enc *e, unsigned char *y, unsigned char *u, unsigned char *v, int ys, int cs,
                         long long pts, unsigned long duration, int key) {
	e->img.planes[0] = y; e->img.planes[1] = u; e->img.planes[2] = v;
	e->img.stride[0] = ys; e->img.stride[1] = e->img.stride[2] = cs;
	e->len = 0;
	int err = vpx_codec_encode(&e->ctx, &e->img, pts, duration, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME);
	// The planes are the caller's: nothing may keep them.
	e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
	if (err) return err;
	vpx_codec_iter_t it = NULL;
	const vpx_codec_cx_pkt_t *p;
	while ((p = vpx_codec_get_cx_data(&e->ctx, &it))) {
		if (p->kind != VPX_CODEC_CX_FRAME_PKT) continue;
		e->data = p->data.frame.buf; e->len = p->data.frame.sz;
		e->key = (p->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
		vpx_codec_control(&e->ctx, VP8E_GET_LAST_QUANTIZER_64, &e->q);
		break;
	}
	return 0;
}

static void vpx_enc_close(foyer_vpx_enc *e) { vpx_codec_destroy(&e->ctx); free(e); }

static const char *vpx_error(int code) { return vpx_codec_err_to_string(code); }
static const char *vpx_version(void) { return vpx_codec_version_str(); }
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"foyer/media/video"
)

// libvpx's cpu-used. For VP8, negative means a fixed speed; -6 costs half of
// what 0 and above cost, at the same quality to 0.1 dB.
const (
	vp8Speed = -6
	vp9Speed = 9
)

func vpxErr(code C.int) error { return fmt.Errorf("libvpx: %s", C.GoString(C.vpx_error(code))) }

func vpxVersion() string { return strings.TrimPrefix(C.GoString(C.vpx_version()), "v") }

// vpxEncoder encodes VP8 or VP9 by libvpx.
type vpxEncoder struct {
	c      *C.foyer_vpx_enc
	config EncoderConfig
}

func openVPXEncoder(n Name, c EncoderConfig) (encodeEngine, error) {
	speed := C.int(vp8Speed)
	if n == VP9 {
		speed = vp9Speed
	}
	var code C.int
	e := C.vpx_enc_open(flag(n == VP9), C.int(c.Width), C.int(c.Height), C.int(c.Threads), C.int(c.BitRate/1000),
		flag(c.Content == Detail), C.int(maxQuantizer(c, true)), speed, &code)
	if e == nil {
		return nil, vpxErr(code)
	}
	return &vpxEncoder{e, c}, nil
}

// flag is C's boolean.
func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func (e *vpxEncoder) setRate(bitsPerSecond int, _ float64) error {
	e.config.BitRate = bitsPerSecond
	if code := C.vpx_enc_rate(e.c, C.int(bitsPerSecond/1000)); code != 0 {
		return fmt.Errorf("set bit rate: %w", vpxErr(code))
	}
	return nil
}

func (e *vpxEncoder) quantizer() int { return int(e.c.q) }

func (e *vpxEncoder) setSharp(on bool) error {
	if code := C.vpx_enc_max_q(e.c, C.int(maxQuantizer(e.config, on))); code != 0 {
		return fmt.Errorf("set quantizer: %w", vpxErr(code))
	}
	return nil
}

func (e *vpxEncoder) encode(f *video.Frame, pts, duration int64, key bool) ([]byte, bool, error) {
	code := C.vpx_enc_frame(e.c, (*C.uchar)(unsafe.SliceData(f.Y)), (*C.uchar)(unsafe.SliceData(f.U)), (*C.uchar)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.longlong(pts), C.ulong(duration), flag(key))
	if code != 0 {
		return nil, false, vpxErr(code)
	}
	return unsafe.Slice((*byte)(e.c.data), int(e.c.len)), e.c.key != 0, nil
}

func (e *vpxEncoder) close() { C.vpx_enc_close(e.c) }
