package codec

import (
	"strings"

	"golang.org/x/sys/windows/registry"
)

// systemCandidates: NVENC, Quick Sync, AMD's AMF, Media Foundation over whatever
// the maker brings, and decoders by D3D11.
func systemCandidates() []candidate {
	here := func() string { return "" }
	const nvenc = "preset=p3:tune=ull:rc=cbr:zerolatency=1:delay=0:forced-idr=1"
	const qsv = "preset=veryfast:async_depth=1:forced_idr=1"
	const amf = "usage=ultralowlatency:rc=cbr:quality=speed:forced_idr=1"
	baseline := profiles{"baseline", "high"}
	return []candidate{
		avEncode(H264, avHow{name: "h264_nvenc", options: nvenc, profiles: baseline}, here),
		avEncode(H264, avHow{name: "h264_qsv", options: qsv, profiles: baseline, reopens: qsvReopens}, here),
		avEncode(H264, avHow{name: "h264_amf", options: amf, profiles: profiles{"constrained_baseline", "high"}, reopens: true}, here),
		avEncode(H264, avHow{name: "h264_mf", options: "rate_control=cbr:scenario=video_conference:hw_encoding=1", reopens: true}, here),
		avEncode(VP9, avHow{name: "vp9_qsv", options: qsv, reopens: qsvReopens}, here),
		avEncode(AV1, avHow{name: "av1_nvenc", options: nvenc}, here),
		avEncode(AV1, avHow{name: "av1_qsv", options: qsv, reopens: qsvReopens}, here),
		avEncode(AV1, avHow{name: "av1_amf", options: amf, reopens: true}, here),
		avDecode(H264, "h264", "d3d11va", here),
		avDecode(VP9, "vp9", "d3d11va", here),
		avDecode(AV1, "av1", "d3d11va", here),
		avDecode(H264, "h264", "cuda", here),
		avDecode(H264, "h264_qsv", "", here),
	}
}

// driverVersions are the display drivers' as the device manager shows them.
func driverVersions() []string {
	const class = `SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}`
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, class, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil
	}
	defer k.Close()
	names, _ := k.ReadSubKeyNames(-1)
	var v []string
	for _, name := range names {
		d, err := registry.OpenKey(k, name, registry.QUERY_VALUE)
		if err != nil {
			continue
		}
		what, _, _ := d.GetStringValue("DriverDesc")
		which, _, _ := d.GetStringValue("DriverVersion")
		d.Close()
		v = append(v, strings.TrimSpace(what+" "+which))
	}
	return v
}
