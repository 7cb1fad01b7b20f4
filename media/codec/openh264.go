package codec

/*
#cgo pkg-config: openh264
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wels/codec_api.h>

typedef struct {
	ISVCEncoder *enc;
	SSourcePicture pic;
	SFrameBSInfo info;
	// What the last frame became; no data where it was dropped.
	unsigned char *data;
	size_t len, cap;
	int key;
} foyer_openh264;

static void openh264_close(foyer_openh264 *e) {
	if (e->enc) {
		(*e->enc)->Uninitialize(e->enc);
		WelsDestroySVCEncoder(e->enc);
	}
	free(e->data);
	free(e);
}

static foyer_openh264 *openh264_open(int w, int h, int threads, int bps, float fps, int screen, int *err) {
	foyer_openh264 *e = calloc(1, sizeof *e);
	if (!e) { *err = -1; return NULL; }
	*err = WelsCreateSVCEncoder(&e->enc);
	if (*err) { e->enc = NULL; openh264_close(e); return NULL; }
	int quiet = WELS_LOG_QUIET;
	(*e->enc)->SetOption(e->enc, ENCODER_OPTION_TRACE_LEVEL, &quiet);
	SEncParamExt p;
	memset(&p, 0, sizeof p);
	(*e->enc)->GetDefaultParams(e->enc, &p);
	p.iUsageType = screen ? SCREEN_CONTENT_REAL_TIME : CAMERA_VIDEO_REAL_TIME;
	p.iPicWidth = w; p.iPicHeight = h;
	p.fMaxFrameRate = fps;
	p.iTargetBitrate = bps;
	p.iMaxBitrate = UNSPECIFIED_BIT_RATE;
	p.iRCMode = RC_BITRATE_MODE;
	p.bEnableFrameSkip = !screen;
	p.iComplexityMode = MEDIUM_COMPLEXITY;
	p.uiIntraPeriod = 0; // key frames on demand only
	p.bEnableSceneChangeDetect = 0;
	p.eSpsPpsIdStrategy = CONSTANT_ID;
	p.iMultipleThreadIdc = threads;
	p.bEnableDenoise = 0;
	p.iEntropyCodingModeFlag = 0;
	SSpatialLayerConfig *l = &p.sSpatialLayers[0];
	l->iVideoWidth = w; l->iVideoHeight = h;
	l->fFrameRate = fps;
	l->iSpatialBitrate = bps;
	l->iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
	l->uiProfileIdc = PRO_BASELINE;
	l->sSliceArgument.uiSliceMode = threads > 1 ? SM_FIXEDSLCNUM_SLICE : SM_SINGLE_SLICE;
	l->sSliceArgument.uiSliceNum = threads;
	*err = (*e->enc)->InitializeExt(e->enc, &p);
	if (*err) { openh264_close(e); return NULL; }
	int format = videoFormatI420;
	(*e->enc)->SetOption(e->enc, ENCODER_OPTION_DATAFORMAT, &format);
	e->pic.iColorFormat = videoFormatI420;
	e->pic.iPicWidth = w; e->pic.iPicHeight = h;
	return e;
}

static int openh264_rate(foyer_openh264 *e, int bps, float fps) {
	int err = (*e->enc)->SetOption(e->enc, ENCODER_OPTION_FRAME_RATE, &fps);
	if (err) return err;
	SBitrateInfo b = {SPATIAL_LAYER_ALL, bps};
	return (*e->enc)->SetOption(e->enc, ENCODER_OPTION_BITRATE, &b);
}

static int openh264_frame(foyer_openh264 *e, unsigned char *y, unsigned char *u, unsigned char *v, int ys, int cs,
                          long long ms, int key) {
	e->len = 0;
	if (key) (*e->enc)->ForceIntraFrame(e->enc, true);
	e->pic.pData[0] = y; e->pic.pData[1] = u; e->pic.pData[2] = v;
	e->pic.iStride[0] = ys; e->pic.iStride[1] = e->pic.iStride[2] = cs;
	e->pic.uiTimeStamp = ms;
	int err = (*e->enc)->EncodeFrame(e->enc, &e->pic, &e->info);
	// The planes are the caller's: nothing may keep them.
	e->pic.pData[0] = e->pic.pData[1] = e->pic.pData[2] = NULL;
	if (err) return err;
	if (e->info.eFrameType == videoFrameTypeSkip || e->info.eFrameType == videoFrameTypeInvalid) return 0;
	e->key = e->info.eFrameType == videoFrameTypeIDR;
	for (int i = 0; i < e->info.iLayerNum; i++) {
		SLayerBSInfo *l = &e->info.sLayerInfo[i];
		size_t n = 0;
		for (int j = 0; j < l->iNalCount; j++) n += l->pNalLengthInByte[j];
		if (e->len + n > e->cap) {
			unsigned char *more = realloc(e->data, 2 * (e->len + n));
			if (!more) return cmMallocMemeError;
			e->data = more;
			e->cap = 2 * (e->len + n);
		}
		memcpy(e->data + e->len, l->pBsBuf, n);
		e->len += n;
	}
	return 0;
}

static void openh264_version(char *to, size_t n) {
	OpenH264Version v = {0};
	WelsGetCodecVersionEx(&v);
	snprintf(to, n, "%u.%u.%u", v.uMajor, v.uMinor, v.uRevision);
}
*/
import "C"

import (
	"fmt"
	"unsafe"

	"foyer/media/video"
)

// openH264Encoder encodes constrained baseline H.264 by OpenH264.
type openH264Encoder struct{ c *C.foyer_openh264 }

func openOpenH264(c EncoderConfig) (encodeEngine, error) {
	var code C.int
	e := C.openh264_open(C.int(c.Width), C.int(c.Height), C.int(c.Threads), C.int(c.BitRate), C.float(c.FrameRate),
		flag(c.Content == Detail), &code)
	if e == nil {
		return nil, openH264Err(code)
	}
	return &openH264Encoder{e}, nil
}

func openH264Err(code C.int) error { return fmt.Errorf("OpenH264: error %d", int(code)) }

func openH264Version() string {
	var b [32]C.char
	C.openh264_version(&b[0], C.size_t(len(b)))
	return C.GoString(&b[0])
}

func (e *openH264Encoder) setRate(bitsPerSecond int, framesPerSecond float64) error {
	if code := C.openh264_rate(e.c, C.int(bitsPerSecond), C.float(framesPerSecond)); code != 0 {
		return fmt.Errorf("set bit rate: %w", openH264Err(code))
	}
	return nil
}

func (e *openH264Encoder) encode(f *video.Frame, pts, _ int64, key bool) ([]byte, bool, error) {
	code := C.openh264_frame(e.c, (*C.uchar)(unsafe.SliceData(f.Y)), (*C.uchar)(unsafe.SliceData(f.U)), (*C.uchar)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.longlong(pts/90), flag(key))
	if code != 0 {
		return nil, false, openH264Err(code)
	}
	return unsafe.Slice((*byte)(e.c.data), int(e.c.len)), e.c.key != 0, nil
}

func (e *openH264Encoder) close() { C.openh264_close(e.c) }
