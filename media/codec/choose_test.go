package codec

import "testing"

func TestChoose(t *testing.T) {
	camera := Job{Width: 1280, Height: 720, FrameRate: 30, Cores: 4}
	screen := Job{Content: Detail, Width: 1920, Height: 1080, FrameRate: 15, Cores: 4}
	layers := VP8
	if usesX264(Motion) {
		layers = H264
	}
	with := func(j Job, change func(*Job)) Job { change(&j); return j }
	for _, c := range []struct {
		what   string
		job    Job
		slow   float64
		codec  Name
		backup Name
	}{
		{"a camera alone", camera, 1, AV1, VP8},
		{"on two cores", with(camera, func(j *Job) { j.Cores = 2 }), 1, VP9, VP8},
		{"on a slow machine", with(camera, func(j *Job) { j.Cores = 2 }), 1.5, VP8, ""},
		{"on the slowest", with(camera, func(j *Job) { j.Cores = 1 }), 5, H264, ""},
		{"in layers", with(camera, func(j *Job) { j.Simulcast = true }), 1, layers, ""},
		{"in layers, H.264 only", with(camera, func(j *Job) { j.Simulcast = true; j.Allowed = []Name{H264} }), 1, H264, ""},
		{"in layers, AV1 only", with(camera, func(j *Job) { j.Simulcast = true; j.Allowed = []Name{AV1} }), 1, AV1, ""},
		{"a screen", screen, 1, AV1, VP8},
		{"a screen without AV1", with(screen, func(j *Job) { j.Allowed = []Name{VP8, VP9, H264} }), 1, VP9, VP8},
		{"a screen on two cores", with(screen, func(j *Job) { j.Cores = 2 }), 1, H264, ""},
		{"a screen on two quick cores", with(screen, func(j *Job) { j.Cores = 2 }), 0.8, AV1, VP8},
		{"a screen on a slow machine", with(screen, func(j *Job) { j.Cores = 2 }), 2, VP8, ""},
		{"a screen with H.264 beside AV1", with(screen, func(j *Job) { j.Allowed = []Name{AV1, H264} }), 1, AV1, H264},
		{"nothing known", with(camera, func(j *Job) { j.Allowed = []Name{"MP3"} }), 1, "", ""},
	} {
		got := choose(c.job, c.slow)
		if got.Codec != c.codec || got.Backup != c.backup || got.Hardware || (got.Implementation == "") != (c.codec == "") {
			t.Errorf("%s: %+v, want %q and %q behind it", c.what, got, c.codec, c.backup)
		}
	}
}

func TestChooseHardware(t *testing.T) {
	only(t, "fake-works")
	camera := Job{Width: 1280, Height: 720, FrameRate: 30, Cores: 4, Simulcast: true}
	if got := choose(camera, 1); got != (Choice{H264, "fake-works", true, ""}) {
		t.Errorf("%+v, want the hardware", got)
	}
	camera.Width, camera.Height = 160, 90
	if got := choose(camera, 1); got.Hardware {
		t.Errorf("%+v for a small picture", got)
	}
}

func TestSlowness(t *testing.T) {
	if s := slowness(); s < 0.2 || s > 5 {
		t.Errorf("%v times as slow", s)
	}
}
