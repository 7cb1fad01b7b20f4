package codec

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// systemCandidates: NVIDIA's NVENC and NVDEC, Intel's Quick Sync, VA-API (AMD,
// Intel), and V4L2's memory-to-memory devices (boards).
func systemCandidates() []candidate {
	const (
		nvenc = "preset=p3:tune=ull:rc=cbr:zerolatency=1:delay=0:forced-idr=1"
		qsv   = "preset=veryfast:async_depth=1:forced_idr=1"
		va    = "rc_mode=CBR:async_depth=1"
	)
	baseline, constrained := profiles{"baseline", "high"}, profiles{"constrained_baseline", "high"}
	list := []candidate{
		avEncode(H264, avHow{name: "h264_nvenc", options: nvenc, profiles: baseline}, noNVIDIA),
		avEncode(H264, avHow{name: "h264_qsv", options: qsv, profiles: baseline, reopens: qsvReopens}, noRender),
		avEncode(H264, avHow{name: "h264_vaapi", device: "vaapi", options: va, profiles: constrained, reopens: true}, noRender),
		// Newer Intel chips have the low-power encoder only.
		avEncode(H264, avHow{name: "h264_vaapi", variant: "low-power", device: "vaapi", options: va + ":low_power=1", profiles: constrained, reopens: true}, noRender),
		avEncode(H264, avHow{name: "h264_v4l2m2m", reopens: true}, noV4L2),
		avEncode(VP8, avHow{name: "vp8_vaapi", device: "vaapi", options: va, reopens: true}, noRender),
		avEncode(VP8, avHow{name: "vp8_v4l2m2m", reopens: true}, noV4L2),
		avEncode(VP9, avHow{name: "vp9_qsv", options: qsv, reopens: qsvReopens}, noRender),
		avEncode(VP9, avHow{name: "vp9_vaapi", device: "vaapi", options: va, reopens: true}, noRender),
		avEncode(VP9, avHow{name: "vp9_vaapi", variant: "low-power", device: "vaapi", options: va + ":low_power=1", reopens: true}, noRender),
		avEncode(AV1, avHow{name: "av1_nvenc", options: nvenc}, noNVIDIA),
		avEncode(AV1, avHow{name: "av1_qsv", options: qsv, reopens: qsvReopens}, noRender),
		avEncode(AV1, avHow{name: "av1_vaapi", device: "vaapi", options: va, reopens: true}, noRender),
	}
	for _, d := range []struct {
		codec Name
		name  string // FFmpeg's
	}{{H264, "h264"}, {VP8, "vp8"}, {VP9, "vp9"}, {AV1, "av1"}} {
		list = append(list,
			avDecode(d.codec, d.name, "cuda", noNVIDIA), // NVDEC
			avDecode(d.codec, d.name, "vaapi", noRender),
			avDecode(d.codec, d.name+"_qsv", "", noRender),
			avDecode(d.codec, d.name+"_cuvid", "", noNVIDIA),
		)
		if d.codec != AV1 { // FFmpeg has none
			list = append(list, avDecode(d.codec, d.name+"_v4l2m2m", "", noV4L2))
		}
	}
	return list
}

func noNVIDIA() string {
	for _, p := range []string{"/dev/nvidiactl", "/dev/dxg"} { // dxg: WSL
		if _, err := os.Stat(p); err == nil {
			return ""
		}
	}
	return "no NVIDIA driver is loaded"
}

func noRender() string {
	if list, _ := filepath.Glob("/dev/dri/renderD*"); len(list) > 0 {
		return ""
	}
	return "no graphics device (/dev/dri/renderD*)"
}

// noV4L2 looks for a memory-to-memory device by its capabilities' file names:
// cameras are video devices too, and opening one could take it from somebody.
func noV4L2() string {
	list, _ := filepath.Glob("/sys/class/video4linux/video*/name")
	for _, p := range list {
		b, _ := os.ReadFile(p)
		name := strings.ToLower(string(b))
		for _, word := range []string{"codec", "enc", "dec", "vpu", "m2m", "mfc", "venus", "wave5"} {
			if strings.Contains(name, word) {
				return ""
			}
		}
	}
	return "no V4L2 video codec"
}

// driverVersions are what a change of drivers or devices changes.
func driverVersions() []string {
	var v []string
	for _, pattern := range []string{
		"/proc/sys/kernel/osrelease", "/sys/module/nvidia/version",
		"/sys/class/drm/renderD*/device/vendor", "/sys/class/drm/renderD*/device/device",
		"/sys/class/video4linux/video*/name",
	} {
		list, _ := filepath.Glob(pattern)
		for _, p := range list {
			b, _ := os.ReadFile(p)
			v = append(v, p+" "+strings.TrimSpace(string(b)))
		}
	}
	// VA-API's drivers, where distributions put them.
	for _, pattern := range []string{"/usr/lib/*/dri/*_drv_video.so", "/usr/lib/dri/*_drv_video.so", "/usr/lib64/dri*/*_drv_video.so"} {
		list, _ := filepath.Glob(pattern)
		for _, p := range list {
			if s, err := os.Stat(p); err == nil {
				v = append(v, p+" "+strconv.FormatInt(s.Size(), 10)+" "+s.ModTime().UTC().Format("2006-01-02T15:04:05"))
			}
		}
	}
	return v
}
