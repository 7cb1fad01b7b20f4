#ifndef FOYER_FFMPEG_H
#define FOYER_FFMPEG_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/hwcontext.h>
#include <stdlib.h>

// Built against FFmpeg 5.1 to 8.

// A decoder: of packets, or of a file.
typedef struct {
	AVCodecContext *ctx;
	AVFormatContext *file; // files only
	AVBufferRef *device;   // hardware only
	enum AVPixelFormat hw; // the format of pictures in the device's memory
	AVPacket *pkt;
	AVFrame *frame;        // the picture, in the machine's memory
	AVFrame *remote;       // the same in the device's
	int stream;
	int draining;
} foyer_av;

void foyer_av_close(foyer_av *d);
// name is one of FFmpeg's decoders; device its AVHWDeviceType's name, or empty.
foyer_av *foyer_av_open_decoder(const char *name, const char *device, int64_t max_pixels, int *err);
int foyer_av_send(foyer_av *d, const uint8_t *data, int len);
// 1: a picture is in d->frame, 0: none yet, negative: error.
int foyer_av_receive(foyer_av *d);
// How d->frame lies in memory: 420 and 422 planar, 12 for NV12, 0 for anything else.
int foyer_av_layout(foyer_av *d);
// Component c of d->frame in 8 bits a sample, whatever its layout, into w x h bytes that
// lie step apart; line has room for w numbers. -1: the frame has no such component.
int foyer_av_component(foyer_av *d, int c, uint8_t *to, int stride, int step, int w, int h, uint16_t *line);
// What d->frame is: bits of colour sampling across and down, and how many components, or 0
// where its layout is none that foyer_av_component knows.
typedef struct { int across, down, components, rgb; } foyer_av_form;
foyer_av_form foyer_av_form_of(foyer_av *d);
int foyer_av_full_range(foyer_av *d);
// The chroma of an NV12 picture of w x h, parted.
void foyer_av_part(const uint8_t *uv, int stride, uint8_t *u, uint8_t *v, int cstride, int w, int h);

foyer_av *foyer_av_open_file(const char *path, double *fps, int *err);
// How the file wants its pictures shown: the shape of a pixel, then clockwise degrees.
AVRational foyer_av_aspect(foyer_av *d);
int foyer_av_rotation(foyer_av *d);
// 1: the file's next picture is in d->frame, 0: end of file, negative: error.
int foyer_av_next(foyer_av *d);
int foyer_av_rewind(foyer_av *d);

// An encoder, of hardware or libx264.
typedef struct {
	AVCodecContext *ctx;
	AVBufferRef *device, *frames;
	AVPacket *pkt;
	AVFrame *frame;  // the picture, in the machine's memory
	AVFrame *remote; // the same in the device's
	int buffer_ms;
} foyer_av_enc;

typedef struct {
	int width, height, kbps, threads;
	int profile;   // H.264's profile_idc with FFmpeg's flags above it, or 0
	int buffer_ms; // of rate that the decoder's buffer holds
	double fps;
	const char *device;  // AVHWDeviceType's name, or empty
	const char *options; // key=value:key=value
} foyer_av_config;

void foyer_av_enc_close(foyer_av_enc *e);
foyer_av_enc *foyer_av_enc_open(const char *name, const foyer_av_config *c, int *err);
void foyer_av_enc_rate(foyer_av_enc *e, int kbps, double fps);
// 1: the packet is in e->pkt, 0: none yet, negative: error.
int foyer_av_enc_frame(foyer_av_enc *e, const uint8_t *y, const uint8_t *u, const uint8_t *v, int ys, int cs,
                       int64_t pts, int64_t duration, int key);

int foyer_av_has_decoder(const char *name);
int foyer_av_has_encoder(const char *name);

#endif
