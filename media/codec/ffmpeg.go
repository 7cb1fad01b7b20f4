package codec

/*
#cgo pkg-config: libavcodec libavformat libavutil
#include <stdlib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>

typedef struct {
	AVCodecContext *ctx;
	AVFormatContext *file; // files only
	AVPacket *pkt;
	AVFrame *frame;
	int stream;
	int draining;
} foyer_av;

static void av_close(foyer_av *d) {
	if (!d) return;
	avcodec_free_context(&d->ctx);
	if (d->file) avformat_close_input(&d->file);
	av_packet_free(&d->pkt);
	av_frame_free(&d->frame);
	free(d);
}

static int av_open_codec(foyer_av *d, enum AVCodecID id, AVCodecParameters *par) {
	const AVCodec *c = avcodec_find_decoder(id);
	if (!c) return AVERROR_DECODER_NOT_FOUND;
	d->ctx = avcodec_alloc_context3(c);
	d->pkt = av_packet_alloc();
	d->frame = av_frame_alloc();
	if (!d->ctx || !d->pkt || !d->frame) return AVERROR(ENOMEM);
	if (par) { int e = avcodec_parameters_to_context(d->ctx, par); if (e < 0) return e; }
	d->ctx->thread_count = 1;
	d->ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
	d->ctx->max_pixels = 8192LL * 8192;
	return avcodec_open2(d->ctx, c, NULL);
}

static foyer_av *av_open_decoder(int h264, int *err) {
	foyer_av *d = calloc(1, sizeof *d);
	if (!d) { *err = AVERROR(ENOMEM); return NULL; }
	*err = av_open_codec(d, h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_NONE, NULL);
	if (*err < 0) { av_close(d); return NULL; }
	return d;
}

// The packet gets a padded copy: the bitstream reader runs past the end.
static int av_send(foyer_av *d, const uint8_t *data, int len) {
	int e = av_new_packet(d->pkt, len);
	if (e < 0) return e;
	memcpy(d->pkt->data, data, len);
	e = avcodec_send_packet(d->ctx, d->pkt);
	av_packet_unref(d->pkt);
	return e;
}

// 1: a picture is in d->frame, 0: none yet, negative: error.
static int av_receive(foyer_av *d) {
	int e = avcodec_receive_frame(d->ctx, d->frame);
	if (e == AVERROR(EAGAIN) || e == AVERROR_EOF) return 0;
	return e < 0 ? e : 1;
}

static void av_flush(foyer_av *d) { avcodec_flush_buffers(d->ctx); }

static foyer_av *av_open_file(const char *path, double *fps, int *err) {
	foyer_av *d = calloc(1, sizeof *d);
	if (!d) { *err = AVERROR(ENOMEM); return NULL; }
	av_log_set_level(AV_LOG_QUIET);
	if ((*err = avformat_open_input(&d->file, path, NULL, NULL)) < 0) { av_close(d); return NULL; }
	if ((*err = avformat_find_stream_info(d->file, NULL)) < 0) { av_close(d); return NULL; }
	d->stream = av_find_best_stream(d->file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if ((*err = d->stream) < 0) { av_close(d); return NULL; }
	AVStream *s = d->file->streams[d->stream];
	if ((*err = av_open_codec(d, s->codecpar->codec_id, s->codecpar)) < 0) { av_close(d); return NULL; }
	AVRational r = av_guess_frame_rate(d->file, s, NULL);
	*fps = r.num > 0 && r.den > 0 ? av_q2d(r) : 0;
	return d;
}

// 1: next picture of the file is in d->frame, 0: end of file, negative: error.
static int av_next(foyer_av *d) {
	for (;;) {
		int e = av_receive(d);
		if (e) return e;
		if (d->draining) return 0;
		e = av_read_frame(d->file, d->pkt);
		if (e == AVERROR_EOF) { d->draining = 1; avcodec_send_packet(d->ctx, NULL); continue; }
		if (e < 0) return e;
		// One damaged packet is passed over, as players do.
		if (d->pkt->stream_index == d->stream) avcodec_send_packet(d->ctx, d->pkt);
		av_packet_unref(d->pkt);
	}
}

static int av_rewind(foyer_av *d) {
	int e = av_seek_frame(d->file, d->stream, 0, AVSEEK_FLAG_BACKWARD);
	if (e < 0) e = avformat_seek_file(d->file, -1, INT64_MIN, 0, 0, 0);
	avcodec_flush_buffers(d->ctx);
	d->draining = 0;
	return e;
}

// 420 and 422 are told apart for the caller; 0 is anything else.
static int av_layout(foyer_av *d) {
	switch (d->frame->format) {
	case AV_PIX_FMT_YUV420P: case AV_PIX_FMT_YUVJ420P: return 420;
	case AV_PIX_FMT_YUV422P: case AV_PIX_FMT_YUVJ422P: return 422;
	}
	return 0;
}

static void av_quiet(void) { av_log_set_level(AV_LOG_QUIET); }
static const char *av_ver(void) { return av_version_info(); }
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"time"
	"unsafe"

	"foyer/media/video"
)

// ErrMalformedFile says that a file holds no video that can be played.
var ErrMalformedFile = errors.New("not a video file that can be played")

func init() { C.av_quiet() }

func avErr(doing string, code C.int) error {
	var b [128]C.char
	C.av_strerror(code, &b[0], C.size_t(len(b)))
	return fmt.Errorf("%s: FFmpeg: %s", doing, C.GoString(&b[0]))
}

// take copies the picture in d's frame into a frame of the pool.
func take(d *C.foyer_av, pool *video.Pool) (*video.Frame, error) {
	fr := d.frame
	w, h := int(fr.width)&^1, int(fr.height)&^1
	if w < 2 || h < 2 || w > maxSide || h > maxSide {
		return nil, fmt.Errorf("picture of %dx%d: %w", w, h, errSize)
	}
	img := image.YCbCr{Rect: image.Rect(0, 0, w, h)}
	rows := (int(fr.height) + 1) / 2
	switch C.av_layout(d) {
	case 420:
		img.SubsampleRatio = image.YCbCrSubsampleRatio420
	case 422:
		img.SubsampleRatio = image.YCbCrSubsampleRatio422
		rows = int(fr.height)
	default:
		return nil, fmt.Errorf("picture format %d: %w", int(fr.format), ErrUnsupported)
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

// h264Decoder decodes Annex B access units by libavcodec.
type h264Decoder struct {
	c    *C.foyer_av
	pool video.Pool
}

func newH264Decoder() (*h264Decoder, error) {
	var code C.int
	c := C.av_open_decoder(1, &code)
	if c == nil {
		return nil, avErr("open H.264 decoder", code)
	}
	return &h264Decoder{c: c}, nil
}

func (d *h264Decoder) Decode(data []byte) (*video.Frame, error) {
	if d.c == nil {
		return nil, fmt.Errorf("decode H.264: %w", errClosed)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("decode H.264: no data: %w", errKeyFrameNeeded)
	}
	if n := C.av_send(d.c, (*C.uint8_t)(unsafe.SliceData(data)), C.int(len(data))); n < 0 {
		return nil, avErr("decode H.264", n)
	}
	switch n := C.av_receive(d.c); {
	case n < 0:
		C.av_flush(d.c)
		return nil, avErr("decode H.264", n)
	case n == 0:
		return nil, nil
	}
	f, err := take(d.c, &d.pool)
	if err != nil {
		return nil, fmt.Errorf("decode H.264: %w", err)
	}
	return f, nil
}

func (d *h264Decoder) Close() error {
	if d.c != nil {
		C.av_close(d.c)
		d.c = nil
	}
	return nil
}

func ffmpegVersion() string { return C.GoString(C.av_ver()) }

// fileReader plays a file in real time, over and over.
type fileReader struct {
	pool video.Pool
	pace *video.Pace

	mu   sync.Mutex // Read against Close
	c    *C.foyer_av
	path string
}

// OpenFile plays a Y4M, MJPEG, MP4 or WebM file in real time, over and over.
// Errors wrap ErrMalformedFile, or what the file system said.
func OpenFile(path string) (video.Reader, error) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var (
		fps  C.double
		code C.int
	)
	c := C.av_open_file(p, &fps, &code)
	if c == nil {
		return nil, fmt.Errorf("%w: %w", avErr("open "+path, code), ErrMalformedFile)
	}
	rate := float64(fps)
	if rate <= 0 || rate > 120 {
		rate = 30
	}
	r := &fileReader{c: c, path: path, pace: video.NewPace(time.Duration(float64(time.Second) / rate))}
	// The first picture tells whether there will be any.
	f, err := r.next()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%w: %w", err, ErrMalformedFile)
	}
	f.Release()
	C.av_rewind(c)
	return r, nil
}

func (r *fileReader) Read() (*video.Frame, error) {
	at, ok := r.pace.Wait()
	if !ok {
		return nil, io.EOF
	}
	f, err := r.next()
	if err != nil {
		return nil, err
	}
	f.Captured = at
	return f, nil
}

func (r *fileReader) next() (*video.Frame, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for rewound := false; ; rewound = true {
		if r.c == nil {
			return nil, io.EOF
		}
		switch n := C.av_next(r.c); {
		case n < 0:
			return nil, avErr("play "+r.path, n)
		case n == 1:
			f, err := take(r.c, &r.pool)
			if err != nil {
				return nil, fmt.Errorf("play %s: %w", r.path, err)
			}
			return f, nil
		case rewound:
			return nil, fmt.Errorf("play %s: %w", r.path, ErrMalformedFile)
		}
		if n := C.av_rewind(r.c); n < 0 {
			return nil, avErr("rewind "+r.path, n)
		}
	}
}

func (r *fileReader) Close() error {
	r.pace.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.c != nil {
		C.av_close(r.c)
		r.c = nil
	}
	return nil
}
