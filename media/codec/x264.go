package codec

// x264 is libx264 as the system's FFmpeg has it, where it has it: this program links
// no GPL library itself. superfast is the fastest preset that beats OpenH264. Scene
// cuts would become key frames that nobody asked for.
var x264 = avHow{
	name: "libx264", options: "preset=superfast:tune=zerolatency:forced-idr=1:sc_threshold=0",
	profiles: profiles{"baseline", "high"}, buffer: 300,
}

// usesX264 says whether libx264 encodes H.264 in software. Text is OpenH264's, which
// has a mode for it.
func usesX264(c Content) bool { return c == Motion && avHasEncoder(x264.name) }

func x264Name() string { return "FFmpeg " + ffmpegVersion() + " " + x264.name }

func openH264Name() string { return "OpenH264 " + openH264Version() }

// openSoftwareH264 opens libx264 or, where there is none or it fails, OpenH264.
func openSoftwareH264(c EncoderConfig) (encodeEngine, string, error) {
	if usesX264(c.Content) {
		if e, err := openAVEncoder(H264, x264, c); err == nil {
			return e, x264Name(), nil
		}
	}
	e, err := openOpenH264(c)
	return e, openH264Name(), err
}
