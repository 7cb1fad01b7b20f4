package codec

/*
#cgo pkg-config: vpx
#include <stdlib.h>
#include <string.h>
#include <vpx/vpx_encoder.h>
#include <vpx/vp8cx.h>

enum { FOYER_SPATIAL = 3 };

typedef struct {
	void *data;
	size_t len;
} foyer_vpx_layer;

typedef struct {
	vpx_codec_ctx_t ctx;
	vpx_codec_enc_cfg_t cfg;
	vpx_image_t img;
	// What the last picture became, by size; no data where there is none.
	foyer_vpx_layer layers[FOYER_SPATIAL];
	int key;
	int temporal;
} foyer_vpx_svc;

// One call for each size of a picture. The data lies in the encoder's buffer until
// the next picture.
static void svc_packet(vpx_codec_cx_pkt_t *p, void *user) {
	foyer_vpx_svc *e = user;
	if (p->kind != VPX_CODEC_CX_FRAME_PKT || !p->data.frame.sz) return;
	vpx_svc_layer_id_t id;
	memset(&id, 0, sizeof id);
	vpx_codec_control(&e->ctx, VP9E_GET_SVC_LAYER_ID, &id);
	if (id.spatial_layer_id < 0 || id.spatial_layer_id >= FOYER_SPATIAL) return;
	foyer_vpx_layer *l = &e->layers[id.spatial_layer_id];
	l->data = p->data.frame.buf;
	l->len = p->data.frame.sz;
	e->temporal = id.temporal_layer_id;
	if (id.spatial_layer_id == 0) e->key = (p->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
}

static void svc_set_rates(foyer_vpx_svc *e, const int *kbps) {
	vpx_codec_enc_cfg_t *c = &e->cfg;
	int nt = c->ts_number_layers;
	c->rc_target_bitrate = 0;
	for (unsigned s = 0; s < c->ss_number_layers; s++) {
		int all = kbps[s];
		c->ss_target_bitrate[s] = all;
		c->rc_target_bitrate += all;
		// Each frame rate with those below it.
		int *t = (int *)&c->layer_target_bitrate[s * nt];
		if (nt == 3) { t[0] = all / 2; t[1] = all * 7 / 10; }
		if (nt == 2) t[0] = all * 2 / 3;
		t[nt - 1] = all;
	}
}

static foyer_vpx_svc *vpx_svc_open(int w, int h, int spatial, int temporal, int threads, const int *kbps, const int *speed, int *err) {
	foyer_vpx_svc *e = calloc(1, sizeof *e);
	if (!e) { *err = VPX_CODEC_MEM_ERROR; return NULL; }
	*err = vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &e->cfg, 0);
	if (*err) { free(e); return NULL; }
	vpx_codec_enc_cfg_t *c = &e->cfg;
	c->g_w = w; c->g_h = h;
	c->g_threads = threads;
	c->g_timebase.num = 1; c->g_timebase.den = 90000;
	c->g_lag_in_frames = 0;
	c->g_pass = VPX_RC_ONE_PASS;
	// Receivers may get any layers: no size may lean on another's statistics.
	c->g_error_resilient = spatial * temporal > 1 ? VPX_ERROR_RESILIENT_DEFAULT : 0;
	c->rc_end_usage = VPX_CBR;
	c->rc_min_quantizer = 2;
	c->rc_max_quantizer = 52;
	c->rc_undershoot_pct = 50;
	c->rc_overshoot_pct = 50;
	c->rc_buf_initial_sz = 500;
	c->rc_buf_optimal_sz = 600;
	c->rc_buf_sz = 1000;
	c->rc_dropframe_thresh = 30;
	c->kf_mode = VPX_KF_DISABLED;
	c->ss_number_layers = spatial;
	c->ts_number_layers = temporal;
	c->temporal_layering_mode = temporal == 3 ? VP9E_TEMPORAL_LAYERING_MODE_0212 :
		temporal == 2 ? VP9E_TEMPORAL_LAYERING_MODE_0101 : VP9E_TEMPORAL_LAYERING_MODE_NOLAYERING;
	c->ts_periodicity = 1 << (temporal - 1);
	for (int t = 0; t < temporal; t++) c->ts_rate_decimator[t] = 1 << (temporal - 1 - t);
	svc_set_rates(e, kbps);
	*err = vpx_codec_enc_init(&e->ctx, vpx_codec_vp9_cx(), c, 0);
	if (*err) { free(e); return NULL; }

	vpx_svc_extra_cfg_t p;
	memset(&p, 0, sizeof p);
	for (int s = 0; s < spatial; s++) {
		p.scaling_factor_num[s] = 1;
		p.scaling_factor_den[s] = 1 << (spatial - 1 - s);
		p.speed_per_layer[s] = speed[s];
		for (int t = 0; t < temporal; t++) {
			p.min_quantizers[s * temporal + t] = c->rc_min_quantizer;
			p.max_quantizers[s * temporal + t] = c->rc_max_quantizer;
		}
	}
	vpx_codec_control(&e->ctx, VP8E_SET_CPUUSED, speed[spatial - 1]);
	vpx_codec_control(&e->ctx, VP9E_SET_SVC, 1);
	vpx_codec_control(&e->ctx, VP9E_SET_SVC_PARAMETERS, &p);
	// 2: a size is predicted from a smaller one on key frames only.
	vpx_codec_control(&e->ctx, VP9E_SET_SVC_INTER_LAYER_PRED, 2);
	// A picture is dropped in all its sizes or in none.
	vpx_svc_frame_drop_t d;
	memset(&d, 0, sizeof d);
	d.framedrop_mode = FULL_SUPERFRAME_DROP;
	d.max_consec_drop = 30;
	for (int s = 0; s < spatial; s++) d.framedrop_thresh[s] = c->rc_dropframe_thresh;
	vpx_codec_control(&e->ctx, VP9E_SET_SVC_FRAME_DROP_LAYER, &d);
	vpx_codec_priv_output_cx_pkt_cb_pair_t cb = {svc_packet, e};
	vpx_codec_control(&e->ctx, VP9E_REGISTER_CX_CALLBACK, (void *)&cb);

	vpx_codec_control(&e->ctx, VP8E_SET_STATIC_THRESHOLD, 1);
	vpx_codec_control(&e->ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, 450);
	int tiles = 0;
	while (1 << (tiles + 1) <= threads) tiles++;
	vpx_codec_control(&e->ctx, VP9E_SET_TILE_COLUMNS, tiles);
	vpx_codec_control(&e->ctx, VP9E_SET_ROW_MT, threads > 1);
	vpx_codec_control(&e->ctx, VP9E_SET_AQ_MODE, 3);
	vpx_codec_control(&e->ctx, VP9E_SET_NOISE_SENSITIVITY, 0);
	vpx_img_wrap(&e->img, VPX_IMG_FMT_I420, w, h, 1, (unsigned char *)e);
	return e;
}

static int vpx_svc_rates(foyer_vpx_svc *e, const int *kbps) {
	svc_set_rates(e, kbps);
	return vpx_codec_enc_config_set(&e->ctx, &e->cfg);
}

static int vpx_svc_frame(foyer_vpx_svc *e, unsigned char *y, unsigned char *u, unsigned char *v, int ys, int cs,
                         long long pts, unsigned long duration, int key) {
	e->img.planes[0] = y; e->img.planes[1] = u; e->img.planes[2] = v;
	e->img.stride[0] = ys; e->img.stride[1] = e->img.stride[2] = cs;
	memset(e->layers, 0, sizeof e->layers);
	int err = vpx_codec_encode(&e->ctx, &e->img, pts, duration, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME);
	// The planes are the caller's: nothing may keep them.
	e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
	return err;
}

static void vpx_svc_close(foyer_vpx_svc *e) { vpx_codec_destroy(&e->ctx); free(e); }
*/
import "C"

import (
	"fmt"
	"unsafe"

	"foyer/media/video"
)

// vpxLayered encodes VP9 in several sizes by libvpx, K-SVC: a size is predicted
// from a smaller one on key frames only.
type vpxLayered struct {
	c      *C.foyer_vpx_svc
	kbps   [MaxSpatial]C.int // kept, so that handing it over allocates nothing
	frames [MaxSpatial]LayerFrame
	sizes  [MaxSpatial]struct{ w, h int }
}

func openVPXLayered(c LayeredConfig, rates layerRates) (layeredEngine, error) {
	e := &vpxLayered{}
	e.take(rates)
	n := len(c.BitRates)
	var speed [MaxSpatial]C.int
	for i := range n {
		speed[i] = vp9Speed
		// libvpx rounds up to even sides.
		div := 1 << (n - 1 - i)
		w, h := c.Width/div, c.Height/div
		e.sizes[i].w, e.sizes[i].h = w+w&1, h+h&1
	}
	var code C.int
	e.c = C.vpx_svc_open(C.int(c.Width), C.int(c.Height), C.int(n), C.int(c.Temporal), C.int(c.Threads), &e.kbps[0], &speed[0], &code)
	if e.c == nil {
		return nil, vpxErr(code)
	}
	return e, nil
}

func (e *vpxLayered) take(rates layerRates) {
	for i, r := range rates {
		e.kbps[i] = C.int(r / 1000)
	}
}

func (e *vpxLayered) setRates(rates layerRates) error {
	e.take(rates)
	if code := C.vpx_svc_rates(e.c, &e.kbps[0]); code != 0 {
		return fmt.Errorf("set bit rates: %w", vpxErr(code))
	}
	return nil
}

// encode gives no frames where the picture was dropped. on is how many sizes are.
func (e *vpxLayered) encode(f *video.Frame, pts, duration int64, key bool, on int) (p Layered, err error) {
	code := C.vpx_svc_frame(e.c, (*C.uchar)(unsafe.SliceData(f.Y)), (*C.uchar)(unsafe.SliceData(f.U)), (*C.uchar)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.longlong(pts), C.ulong(duration), flag(key))
	if code != 0 {
		return p, vpxErr(code)
	}
	p.Key, p.Temporal = e.c.key != 0, int(e.c.temporal)
	n := 0
	for ; n < on && e.c.layers[n].len > 0; n++ {
		l := &e.c.layers[n]
		e.frames[n] = LayerFrame{
			Data: unsafe.Slice((*byte)(l.data), int(l.len)), Spatial: n,
			Width: e.sizes[n].w, Height: e.sizes[n].h, Below: p.Key && n > 0,
		}
	}
	p.Frames = e.frames[:n]
	return p, nil
}

func (e *vpxLayered) close() { C.vpx_svc_close(e.c) }
