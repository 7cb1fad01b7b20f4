package codec

/*
#cgo pkg-config: aom
#include <stdlib.h>
#include <string.h>
#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include "aom_tune.h"

enum { FOYER_AOM_SPATIAL = 3, FOYER_AOM_SLOTS = 8, FOYER_AOM_REFS = 7, FOYER_AOM_LAST = 0, FOYER_AOM_GOLDEN = 3 };

typedef struct {
	unsigned char *data;
	size_t len, cap;
} foyer_aom_layer;

typedef struct {
	aom_codec_ctx_t ctx;
	aom_codec_enc_cfg_t cfg;
	aom_svc_params_t svc;
	aom_image_t img;
	int at; // in the pattern of frame rates
	// What the last picture became, by size; no data where there is none.
	foyer_aom_layer layers[FOYER_AOM_SPATIAL];
	int key;
	int temporal;
} foyer_aom_svc;

static void aom_svc_close(foyer_aom_svc *e) {
	aom_codec_destroy(&e->ctx);
	for (int s = 0; s < FOYER_AOM_SPATIAL; s++) free(e->layers[s].data);
	free(e);
}

static int aom_svc_rates(foyer_aom_svc *e, const int *kbps) {
	int nt = e->svc.number_temporal_layers;
	e->cfg.rc_target_bitrate = 0;
	for (int s = 0; s < e->svc.number_spatial_layers; s++) {
		int all = kbps[s];
		e->cfg.rc_target_bitrate += all;
		// Each frame rate with those below it.
		int *t = &e->svc.layer_target_bitrate[s * nt];
		if (nt == 3) { t[0] = all / 2; t[1] = all * 7 / 10; }
		if (nt == 2) t[0] = all * 2 / 3;
		t[nt - 1] = all;
	}
	int err = aom_codec_enc_config_set(&e->ctx, &e->cfg);
	return err ? err : aom_codec_control(&e->ctx, AV1E_SET_SVC_PARAMS, &e->svc);
}

static foyer_aom_svc *aom_svc_open(int w, int h, int spatial, int temporal, int threads, const int *kbps, int speed, int *err) {
	foyer_aom_svc *e = calloc(1, sizeof *e);
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
	c->rc_min_quantizer = 10;
	c->rc_max_quantizer = 56;
	c->rc_undershoot_pct = 50;
	c->rc_overshoot_pct = 50;
	c->rc_buf_initial_sz = 200;
	c->rc_buf_optimal_sz = 200;
	c->rc_buf_sz = 300;
	c->rc_dropframe_thresh = 0; // it would drop one size and not the others
	c->kf_mode = AOM_KF_DISABLED;
	c->rc_target_bitrate = 0;
	for (int s = 0; s < spatial; s++) c->rc_target_bitrate += kbps[s];
	*err = aom_codec_enc_init(&e->ctx, aom_codec_av1_cx(), c, 0);
	if (*err) { free(e); return NULL; }
	foyer_aom_tune(&e->ctx, speed, threads, 0);
	e->svc.number_spatial_layers = spatial;
	e->svc.number_temporal_layers = temporal;
	for (int s = 0; s < spatial; s++) {
		e->svc.scaling_factor_num[s] = 1;
		e->svc.scaling_factor_den[s] = 1 << (spatial - 1 - s);
	}
	for (int i = 0; i < spatial * temporal; i++) {
		e->svc.min_quantizers[i] = c->rc_min_quantizer;
		e->svc.max_quantizers[i] = c->rc_max_quantizer;
	}
	for (int t = 0; t < temporal; t++) e->svc.framerate_factor[t] = 1 << (temporal - 1 - t);
	*err = aom_svc_rates(e, kbps);
	if (!*err && !aom_img_wrap(&e->img, AOM_IMG_FMT_I420, w, h, 1, (unsigned char *)e)) *err = AOM_CODEC_INVALID_PARAM;
	if (*err) { aom_svc_close(e); return NULL; }
	return e;
}

// What one size of a picture is predicted from, and where it is kept. Of the eight
// slots, s holds the newest picture of size s that is in every frame rate, and 3+s
// that of the next one. Unused references must be of a legal size too.
static void aom_svc_refer(foyer_aom_svc *e, int s, int key, aom_svc_ref_frame_config_t *r) {
	memset(r, 0, sizeof *r);
	int from = s, into = -1;
	switch (e->svc.number_temporal_layers) {
	case 3:
		if (e->at == 0) into = s;
		if (e->at == 2) into = FOYER_AOM_SPATIAL + s;
		if (e->at == 3) from = FOYER_AOM_SPATIAL + s;
		break;
	case 2:
		if (e->at == 0) into = s;
		break;
	default:
		into = s;
	}
	if (key && s > 0) from = s - 1;
	for (int i = 0; i < FOYER_AOM_REFS; i++) r->ref_idx[i] = from;
	r->reference[key && s > 0 ? FOYER_AOM_GOLDEN : FOYER_AOM_LAST] = 1;
	if (into >= 0) r->refresh[into] = 1;
}

static int aom_svc_keep(foyer_aom_layer *l, const void *data, size_t len) {
	if (l->len + len > l->cap) {
		unsigned char *more = realloc(l->data, 2 * (l->len + len));
		if (!more) return AOM_CODEC_MEM_ERROR;
		l->data = more;
		l->cap = 2 * (l->len + len);
	}
	memcpy(l->data + l->len, data, len);
	l->len += len;
	return 0;
}

static int aom_svc_frame(foyer_aom_svc *e, unsigned char *y, unsigned char *u, unsigned char *v, int ys, int cs,
                         long long pts, unsigned long duration, int key, int on) {
	static const int rates[4][4] = {{0}, {0}, {0, 1}, {0, 2, 1, 2}};
	int nt = e->svc.number_temporal_layers;
	if (key) e->at = 0;
	e->key = key;
	e->temporal = rates[nt][e->at];
	for (int s = 0; s < FOYER_AOM_SPATIAL; s++) e->layers[s].len = 0;
	int err = 0;
	for (int s = 0; s < on && !err; s++) {
		aom_svc_layer_id_t id = {s, e->temporal};
		aom_svc_ref_frame_config_t refs;
		aom_svc_refer(e, s, key, &refs);
		if ((err = aom_codec_control(&e->ctx, AV1E_SET_SVC_LAYER_ID, &id))) break;
		if ((err = aom_codec_control(&e->ctx, AV1E_SET_SVC_REF_FRAME_CONFIG, &refs))) break;
		e->img.planes[0] = y; e->img.planes[1] = u; e->img.planes[2] = v;
		e->img.stride[0] = ys; e->img.stride[1] = e->img.stride[2] = cs;
		err = aom_codec_encode(&e->ctx, &e->img, pts, duration, key && s == 0 ? AOM_EFLAG_FORCE_KF : 0);
		// The planes are the caller's: nothing may keep them.
		e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
		// The next size overwrites what this one became.
		aom_codec_iter_t it = NULL;
		const aom_codec_cx_pkt_t *p;
		while (!err && (p = aom_codec_get_cx_data(&e->ctx, &it)))
			if (p->kind == AOM_CODEC_CX_FRAME_PKT) err = aom_svc_keep(&e->layers[s], p->data.frame.buf, p->data.frame.sz);
	}
	e->at = (e->at + 1) & ((1 << (nt - 1)) - 1);
	return err;
}
*/
import "C"

import (
	"fmt"
	"unsafe"

	"foyer/media/video"
)

// aomLayered encodes AV1 in several sizes by libaom, K-SVC: a size is predicted from
// a smaller one on key frames only.
type aomLayered struct {
	c      *C.foyer_aom_svc
	kbps   [MaxSpatial]C.int // kept, so that handing it over allocates nothing
	frames [MaxSpatial]LayerFrame
	config LayeredConfig
	rate   int // bits per second, all sizes
	debt   int // bits sent above the rate
	last   int64
}

// layeredAOMSpeed is libaom's cpu-used for all sizes.
const layeredAOMSpeed = 9

func openAOMLayered(c LayeredConfig, rates layerRates) (layeredEngine, error) {
	e := &aomLayered{config: c, last: -1}
	e.take(rates)
	var code C.int
	e.c = C.aom_svc_open(C.int(c.Width), C.int(c.Height), C.int(len(c.BitRates)), C.int(c.Temporal), C.int(c.Threads), &e.kbps[0], layeredAOMSpeed, &code)
	if e.c == nil {
		return nil, aomErr(code)
	}
	return e, nil
}

func (e *aomLayered) take(rates layerRates) {
	e.rate = 0
	for i, r := range rates {
		e.kbps[i] = C.int(r / 1000)
		e.rate += r
	}
}

func (e *aomLayered) setRates(rates layerRates) error {
	e.take(rates)
	if code := C.aom_svc_rates(e.c, &e.kbps[0]); code != 0 {
		return fmt.Errorf("set bit rates: %w", aomErr(code))
	}
	return nil
}

// encode gives no frames where the picture was dropped. on is how many sizes are.
// libaom drops sizes one by one, which no receiver could follow: so it drops none, and
// whole pictures are left out here while more than a second's bits are ahead.
func (e *aomLayered) encode(f *video.Frame, pts, duration int64, key bool, on int) (p Layered, err error) {
	passed := min(pts-e.last, 10*90_000)
	e.last = pts
	e.debt = max(e.debt-int(int64(e.rate)*passed/90_000), 0)
	if !key && e.debt > e.rate {
		return p, nil
	}
	code := C.aom_svc_frame(e.c, (*C.uchar)(unsafe.SliceData(f.Y)), (*C.uchar)(unsafe.SliceData(f.U)), (*C.uchar)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.longlong(pts), C.ulong(duration), flag(key), C.int(on))
	if code != 0 {
		return p, aomErr(code)
	}
	p.Key, p.Temporal = e.c.key != 0, int(e.c.temporal)
	n := 0
	for ; n < on && e.c.layers[n].len > 0; n++ {
		l := &e.c.layers[n]
		div := 1 << (len(e.config.BitRates) - 1 - n)
		w, h := e.config.Width/div, e.config.Height/div // libaom rounds up to even sides
		e.frames[n] = LayerFrame{
			Data:    withoutDelimiter(unsafe.Slice((*byte)(l.data), int(l.len))),
			Spatial: n, Width: w + w&1, Height: h + h&1, Below: p.Key && n > 0,
		}
		e.debt += 8 * int(l.len)
	}
	p.Frames = e.frames[:n]
	return p, nil
}

func (e *aomLayered) close() { C.aom_svc_close(e.c) }
