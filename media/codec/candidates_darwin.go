package codec

import "syscall"

// systemCandidates: VideoToolbox.
func systemCandidates() []candidate {
	here := func() string { return "" }
	return []candidate{
		avEncode(H264, avHow{name: "h264_videotoolbox", options: "realtime=1:allow_sw=0", profiles: profiles{"baseline", "high"}, reopens: true}, here),
		avDecode(H264, "h264", "videotoolbox", here),
		avDecode(VP9, "vp9", "videotoolbox", here),
		avDecode(AV1, "av1", "videotoolbox", here),
	}
}

// driverVersions: drivers come with the system.
func driverVersions() []string {
	build, _ := syscall.Sysctl("kern.osversion")
	model, _ := syscall.Sysctl("hw.model")
	return []string{build, model}
}
