#include "ffmpeg.h"

#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

void foyer_av_close(foyer_av *d) {
	if (!d) return;
	avcodec_free_context(&d->ctx);
	if (d->file) avformat_close_input(&d->file);
	av_packet_free(&d->pkt);
	av_frame_free(&d->frame);
	av_frame_free(&d->remote);
	av_buffer_unref(&d->device);
	free(d);
}

// The device's own format, or nothing: a silent turn to software would hide that
// the hardware cannot decode this stream.
static enum AVPixelFormat device_format(AVCodecContext *ctx, const enum AVPixelFormat *offered) {
	foyer_av *d = ctx->opaque;
	for (; *offered != AV_PIX_FMT_NONE; offered++)
		if (*offered == d->hw) return d->hw;
	return AV_PIX_FMT_NONE;
}

static int use_device(foyer_av *d, const AVCodec *c, const char *device) {
	enum AVHWDeviceType type = av_hwdevice_find_type_by_name(device);
	if (type == AV_HWDEVICE_TYPE_NONE) return AVERROR(ENOSYS);
	for (int i = 0;; i++) {
		const AVCodecHWConfig *h = avcodec_get_hw_config(c, i);
		if (!h) return AVERROR(ENOSYS);
		if (h->device_type != type || !(h->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX)) continue;
		d->hw = h->pix_fmt;
		break;
	}
	int e = av_hwdevice_ctx_create(&d->device, type, NULL, NULL, 0);
	if (e < 0) return e;
	d->ctx->hw_device_ctx = av_buffer_ref(d->device);
	d->ctx->opaque = d;
	d->ctx->get_format = device_format;
	return d->ctx->hw_device_ctx ? 0 : AVERROR(ENOMEM);
}

static int open_codec(foyer_av *d, const AVCodec *c, AVCodecParameters *par, const char *device, int64_t max_pixels) {
	int e;
	if (!c) return AVERROR_DECODER_NOT_FOUND;
	d->hw = AV_PIX_FMT_NONE;
	d->ctx = avcodec_alloc_context3(c);
	d->pkt = av_packet_alloc();
	d->frame = av_frame_alloc();
	d->remote = av_frame_alloc();
	if (!d->ctx || !d->pkt || !d->frame || !d->remote) return AVERROR(ENOMEM);
	if (par && (e = avcodec_parameters_to_context(d->ctx, par)) < 0) return e;
	d->ctx->thread_count = 1;
	d->ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
	d->ctx->max_pixels = max_pixels; // dav1d takes it at opening
	// dav1d holds a smaller size (SVC) back until the next picture tells that no larger
	// one follows; with all of them, each comes out at once. Others lack the option.
	av_opt_set(d->ctx->priv_data, "alllayers", "1", 0);
	if (device && *device && (e = use_device(d, c, device)) < 0) return e;
	return avcodec_open2(d->ctx, c, NULL);
}

foyer_av *foyer_av_open_decoder(const char *name, const char *device, int64_t max_pixels, int *err) {
	foyer_av *d = calloc(1, sizeof *d);
	if (!d) { *err = AVERROR(ENOMEM); return NULL; }
	*err = open_codec(d, avcodec_find_decoder_by_name(name), NULL, device, max_pixels);
	if (*err < 0) { foyer_av_close(d); return NULL; }
	return d;
}

// The packet gets a padded copy: the bitstream reader runs past the end.
int foyer_av_send(foyer_av *d, const uint8_t *data, int len) {
	int e = av_new_packet(d->pkt, len);
	if (e < 0) return e;
	memcpy(d->pkt->data, data, len);
	e = avcodec_send_packet(d->ctx, d->pkt);
	av_packet_unref(d->pkt);
	return e;
}

int foyer_av_receive(foyer_av *d) {
	AVFrame *f = d->hw == AV_PIX_FMT_NONE ? d->frame : d->remote;
	int e = avcodec_receive_frame(d->ctx, f);
	if (e == AVERROR(EAGAIN) || e == AVERROR_EOF) return 0;
	if (e < 0) return e;
	if (f == d->frame) return 1;
	av_frame_unref(d->frame);
	e = av_hwframe_transfer_data(d->frame, d->remote, 0);
	if (e >= 0) e = av_frame_copy_props(d->frame, d->remote);
	av_frame_unref(d->remote);
	return e < 0 ? e : 1;
}

int foyer_av_layout(foyer_av *d) {
	switch (d->frame->format) {
	case AV_PIX_FMT_YUV420P: case AV_PIX_FMT_YUVJ420P: return 420;
	case AV_PIX_FMT_YUV422P: case AV_PIX_FMT_YUVJ422P: return 422;
	case AV_PIX_FMT_NV12: return 12;
	}
	return 0;
}

foyer_av_form foyer_av_form_of(foyer_av *d) {
	const AVPixFmtDescriptor *f = av_pix_fmt_desc_get(d->frame->format);
	const int unknown = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
	if (!f || f->flags & unknown) return (foyer_av_form){0};
	for (int c = 0; c < f->nb_components; c++)
		if (f->comp[c].depth < 8 || f->comp[c].depth > 16) return (foyer_av_form){0};
	return (foyer_av_form){f->log2_chroma_w, f->log2_chroma_h, f->nb_components, !!(f->flags & AV_PIX_FMT_FLAG_RGB)};
}

int foyer_av_component(foyer_av *d, int c, uint8_t *to, int stride, int step, int w, int h, uint16_t *line) {
	const AVPixFmtDescriptor *f = av_pix_fmt_desc_get(d->frame->format);
	if (!f || c >= f->nb_components) return -1;
	for (int y = 0; y < h; y++, to += stride) {
		av_read_image_line2(line, (const uint8_t **)d->frame->data, d->frame->linesize, f, 0, y, c, w, 0, 2);
		for (int x = 0; x < w; x++) to[x * step] = line[x] >> (f->comp[c].depth - 8);
	}
	return 0;
}

int foyer_av_full_range(foyer_av *d) {
	if (foyer_av_form_of(d).rgb) return 0; // its conversion makes the range
	switch (d->frame->format) {
	case AV_PIX_FMT_YUVJ420P: case AV_PIX_FMT_YUVJ422P: case AV_PIX_FMT_YUVJ444P: case AV_PIX_FMT_YUVJ440P: case AV_PIX_FMT_YUVJ411P: return 1;
	}
	return d->frame->color_range == AVCOL_RANGE_JPEG;
}

AVRational foyer_av_aspect(foyer_av *d) {
	return av_guess_sample_aspect_ratio(d->file, d->file->streams[d->stream], d->frame);
}

static const uint8_t *display_matrix(AVStream *s, size_t *size) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
	const AVPacketSideData *x = av_packet_side_data_get(s->codecpar->coded_side_data, s->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
	if (!x) return NULL;
	*size = x->size;
	return x->data;
#else
	return av_stream_get_side_data(s, AV_PKT_DATA_DISPLAYMATRIX, size);
#endif
}

int foyer_av_rotation(foyer_av *d) {
	size_t size = 0;
	const uint8_t *m = display_matrix(d->file->streams[d->stream], &size);
	if (!m || size < 9 * sizeof(int32_t)) return 0;
	double anticlockwise = av_display_rotation_get((const int32_t *)m);
	if (isnan(anticlockwise)) return 0;
	return (int)(lround(-anticlockwise / 90) + 4) % 4 * 90;
}

void foyer_av_part(const uint8_t *uv, int stride, uint8_t *restrict u, uint8_t *restrict v, int cstride, int w, int h) {
	for (; h > 0; h--, uv += stride, u += cstride, v += cstride)
		for (int x = 0; x < w; x++) { u[x] = uv[2 * x]; v[x] = uv[2 * x + 1]; }
}

foyer_av *foyer_av_open_file(const char *path, double *fps, int *err) {
	foyer_av *d = calloc(1, sizeof *d);
	if (!d) { *err = AVERROR(ENOMEM); return NULL; }
	// Formats that hold pictures, and no lists that name other files.
	AVDictionary *o = NULL;
	av_dict_set(&o, "format_whitelist", "yuv4mpegpipe,mjpeg,jpeg_pipe,mov,matroska,avi", 0);
	av_dict_set(&o, "protocol_whitelist", "file", 0);
	*err = avformat_open_input(&d->file, path, NULL, &o);
	av_dict_free(&o);
	if (*err < 0) { foyer_av_close(d); return NULL; }
	if ((*err = avformat_find_stream_info(d->file, NULL)) < 0) { foyer_av_close(d); return NULL; }
	d->stream = av_find_best_stream(d->file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if ((*err = d->stream) < 0) { foyer_av_close(d); return NULL; }
	AVStream *s = d->file->streams[d->stream];
	*err = open_codec(d, avcodec_find_decoder(s->codecpar->codec_id), s->codecpar, NULL, 8192LL * 8192);
	if (*err < 0) { foyer_av_close(d); return NULL; }
	AVRational r = av_guess_frame_rate(d->file, s, NULL);
	*fps = r.num > 0 && r.den > 0 ? av_q2d(r) : 0;
	return d;
}

int foyer_av_next(foyer_av *d) {
	for (;;) {
		int e = foyer_av_receive(d);
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

int foyer_av_rewind(foyer_av *d) {
	int e = av_seek_frame(d->file, d->stream, 0, AVSEEK_FLAG_BACKWARD);
	if (e < 0) e = avformat_seek_file(d->file, -1, INT64_MIN, 0, 0, 0);
	avcodec_flush_buffers(d->ctx);
	d->draining = 0;
	return e;
}

void foyer_av_enc_close(foyer_av_enc *e) {
	if (!e) return;
	avcodec_free_context(&e->ctx);
	av_packet_free(&e->pkt);
	av_frame_free(&e->frame);
	av_frame_free(&e->remote);
	av_buffer_unref(&e->frames);
	av_buffer_unref(&e->device);
	free(e);
}

// Pictures for the device lie in frames of its own.
static int make_frames(foyer_av_enc *e, enum AVPixelFormat hw, const foyer_av_config *c) {
	e->frames = av_hwframe_ctx_alloc(e->device);
	if (!e->frames) return AVERROR(ENOMEM);
	AVHWFramesContext *f = (AVHWFramesContext *)e->frames->data;
	f->format = hw;
	f->sw_format = AV_PIX_FMT_NV12;
	f->width = c->width;
	f->height = c->height;
	f->initial_pool_size = 8;
	int err = av_hwframe_ctx_init(e->frames);
	if (err < 0) return err;
	e->ctx->hw_frames_ctx = av_buffer_ref(e->frames);
	return e->ctx->hw_frames_ctx ? 0 : AVERROR(ENOMEM);
}

// The device's pixel format for encoding, as its kind says: encoders list no
// configuration in every version.
static enum AVPixelFormat encode_format(enum AVHWDeviceType t) {
	switch (t) {
	case AV_HWDEVICE_TYPE_VAAPI: return AV_PIX_FMT_VAAPI;
	case AV_HWDEVICE_TYPE_QSV: return AV_PIX_FMT_QSV;
	default: return AV_PIX_FMT_NONE;
	}
}

static int enc_open(foyer_av_enc *e, const char *name, const foyer_av_config *c) {
	int err;
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	if (!codec) return AVERROR_ENCODER_NOT_FOUND;
	e->ctx = avcodec_alloc_context3(codec);
	e->pkt = av_packet_alloc();
	e->frame = av_frame_alloc();
	e->remote = av_frame_alloc();
	if (!e->ctx || !e->pkt || !e->frame || !e->remote) return AVERROR(ENOMEM);
	AVCodecContext *x = e->ctx;
	x->width = c->width;
	x->height = c->height;
	x->time_base = (AVRational){1, 90000};
	x->pix_fmt = AV_PIX_FMT_NV12;
	x->gop_size = 1 << 20; // key frames on demand only
	x->max_b_frames = 0;
	x->flags |= AV_CODEC_FLAG_LOW_DELAY;
	x->color_range = AVCOL_RANGE_MPEG;
	x->colorspace = AVCOL_SPC_SMPTE170M;
	x->thread_count = c->threads > 1 ? c->threads : 1;
	e->buffer_ms = c->buffer_ms;
	foyer_av_enc_rate(e, c->kbps, c->fps);
	if (c->profile) x->profile = c->profile;
	if (*c->device) {
		enum AVHWDeviceType type = av_hwdevice_find_type_by_name(c->device);
		enum AVPixelFormat hw = encode_format(type);
		if (hw == AV_PIX_FMT_NONE) return AVERROR(ENOSYS);
		if ((err = av_hwdevice_ctx_create(&e->device, type, NULL, NULL, 0)) < 0) return err;
		x->pix_fmt = hw;
		if ((err = make_frames(e, hw, c)) < 0) return err;
	}
	AVDictionary *o = NULL;
	err = av_dict_parse_string(&o, c->options, "=", ":", 0);
	// An option that this version does not know stays in o, and is left out.
	if (err >= 0) err = avcodec_open2(x, codec, &o);
	av_dict_free(&o);
	if (err < 0) return err;
	e->frame->format = AV_PIX_FMT_NV12;
	e->frame->width = c->width;
	e->frame->height = c->height;
	return av_frame_get_buffer(e->frame, 0);
}

foyer_av_enc *foyer_av_enc_open(const char *name, const foyer_av_config *c, int *err) {
	foyer_av_enc *e = calloc(1, sizeof *e);
	if (!e) { *err = AVERROR(ENOMEM); return NULL; }
	*err = enc_open(e, name, c);
	if (*err < 0) { foyer_av_enc_close(e); return NULL; }
	return e;
}

void foyer_av_enc_rate(foyer_av_enc *e, int kbps, double fps) {
	AVCodecContext *x = e->ctx;
	x->bit_rate = x->rc_max_rate = kbps * 1000LL;
	x->rc_buffer_size = kbps * e->buffer_ms;
	x->framerate = av_d2q(fps, 90000);
}

int foyer_av_enc_frame(foyer_av_enc *e, const uint8_t *y, const uint8_t *u, const uint8_t *v, int ys, int cs,
                       int64_t pts, int64_t duration, int key) {
	AVFrame *f = e->frame;
	int err, w = e->ctx->width, h = e->ctx->height;
	av_packet_unref(e->pkt);
	if ((err = av_frame_make_writable(f)) < 0) return err;
	av_image_copy_plane(f->data[0], f->linesize[0], y, ys, w, h);
	for (int r = 0; r < h / 2; r++) {
		uint8_t *restrict to = f->data[1] + r * f->linesize[1];
		const uint8_t *fu = u + r * cs, *fv = v + r * cs;
		for (int x = 0; x < w / 2; x++) { to[2 * x] = fu[x]; to[2 * x + 1] = fv[x]; }
	}
	AVFrame *send = f;
	if (e->frames) {
		send = e->remote;
		av_frame_unref(send);
		if ((err = av_hwframe_get_buffer(e->frames, send, 0)) < 0) return err;
		if ((err = av_hwframe_transfer_data(send, f, 0)) < 0) return err;
	}
	send->pts = pts;
#if LIBAVUTIL_VERSION_MAJOR < 58
	send->pkt_duration = duration;
#else
	send->duration = duration;
#endif
	send->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	err = avcodec_send_frame(e->ctx, send);
	if (send == e->remote) av_frame_unref(send);
	if (err < 0) return err;
	err = avcodec_receive_packet(e->ctx, e->pkt);
	if (err == AVERROR(EAGAIN)) return 0;
	return err < 0 ? err : 1;
}

int foyer_av_has_decoder(const char *name) { return avcodec_find_decoder_by_name(name) != NULL; }
int foyer_av_has_encoder(const char *name) { return avcodec_find_encoder_by_name(name) != NULL; }
