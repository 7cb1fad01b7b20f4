#ifndef FOYER_AOM_TUNE_H
#define FOYER_AOM_TUNE_H

#include <aom/aom_encoder.h>
#include <aom/aomcx.h>

// foyer_aom_tune sets what holds for cameras and screens, in one size and in several.
static inline void foyer_aom_tune(aom_codec_ctx_t *ctx, int speed, int threads, int screen) {
	int tiles = 0;
	while (1 << (tiles + 1) <= threads) tiles++;
#define SET(id, value) aom_codec_control(ctx, id, value)
	SET(AOME_SET_CPUUSED, speed);
	SET(AV1E_SET_TUNE_CONTENT, screen ? AOM_CONTENT_SCREEN : AOM_CONTENT_DEFAULT);
	SET(AV1E_SET_ENABLE_PALETTE, screen);
	SET(AV1E_SET_ENABLE_INTRABC, screen);
	SET(AV1E_SET_TILE_COLUMNS, tiles);
	SET(AV1E_SET_ROW_MT, threads > 1);
	SET(AV1E_SET_AQ_MODE, 3);
	SET(AV1E_SET_ENABLE_CDEF, 1);
	// A key frame may take this much of the rate of an ordinary one, in percent.
	SET(AOME_SET_MAX_INTRA_BITRATE_PCT, screen ? 1500 : 450);
	// What costs more than it brings at this speed, as WebRTC has found too.
	SET(AV1E_SET_ENABLE_TPL_MODEL, 0);
	SET(AV1E_SET_DELTAQ_MODE, 0);
	SET(AV1E_SET_ENABLE_ORDER_HINT, 0); // whoever leaves out sizes upsets it, too
	SET(AV1E_SET_COEFF_COST_UPD_FREQ, 3);
	SET(AV1E_SET_MODE_COST_UPD_FREQ, 3);
	SET(AV1E_SET_MV_COST_UPD_FREQ, 3);
	SET(AV1E_SET_CDF_UPDATE_MODE, 1);
	SET(AV1E_SET_ENABLE_OBMC, 0);
	SET(AV1E_SET_NOISE_SENSITIVITY, 0);
	SET(AV1E_SET_ENABLE_WARPED_MOTION, 0);
	SET(AV1E_SET_ENABLE_GLOBAL_MOTION, 0);
	SET(AV1E_SET_ENABLE_REF_FRAME_MVS, 0);
	SET(AV1E_SET_ENABLE_CFL_INTRA, 0);
	SET(AV1E_SET_ENABLE_SMOOTH_INTRA, 0);
	SET(AV1E_SET_ENABLE_ANGLE_DELTA, 0);
	SET(AV1E_SET_ENABLE_FILTER_INTRA, 0);
	SET(AV1E_SET_INTRA_DEFAULT_TX_ONLY, 1);
#undef SET
}

#endif
